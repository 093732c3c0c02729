/* Colours for values: a path through Oklab (B. Ottosson, "A perceptual color space for image
 * processing", 2020, bottosson.github.io/posts/oklab) with lightness as a straight line and hue
 * turning from violet over blue-green to yellow. Chroma stays just inside what
 * sRGB can show (0.097 at the least, in the blue-greens). */
#include "image_impl.h"
#include "wadi/image_cine.h"

#include <math.h>

static uint8_t to_srgb(double linear)
{
    double value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055;

    return (uint8_t)(255 * (value < 0 ? 0 : value > 1 ? 1 : value) + 0.5);
}

void wadi_colour(double share, uint8_t rgb[3])
{
    double t = share > 0 ? share < 1 ? share : 1 : 0;
    double lightness = 0.25 + 0.68 * t;
    double hue = (300 - 195 * t) * WADI_PI / 180;
    double chroma = 0.092 + 0.05 * t * t * t;
    double a = chroma * cos(hue), b = chroma * sin(hue);
    double l = lightness + 0.3963377774 * a + 0.2158037573 * b;
    double m = lightness - 0.1055613458 * a - 0.0638541728 * b;
    double s = lightness - 0.0894841775 * a - 1.2914855480 * b;

    l = l * l * l;
    m = m * m * m;
    s = s * s * s;
    rgb[0] = to_srgb(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
    rgb[1] = to_srgb(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
    rgb[2] = to_srgb(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
}

void wadi_colour_values(size_t count, const float *values, double low, double high,
                        const uint8_t *under, uint8_t *rgb)
{
    uint8_t table[256][3];
    double scale = high > low ? 255 / (high - low) : 0;

    for (int i = 0; i < 256; i++)
        wadi_colour(i / 255.0, table[i]);
    for (size_t i = 0; i < count; i++) {
        double at = (values[i] - low) * scale + 0.5;

        for (size_t c = 0; c < 3; c++)
            rgb[3 * i + c] = isnan(values[i]) ? (under ? (uint8_t)(under[i] * 2 / 5) : 0)
                                              : table[at > 0 ? at < 255 ? (int)at : 255 : 0][c];
    }
}
