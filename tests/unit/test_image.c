/* Reading, writing and ordering of image files. */
#include "image_data.h"

#include <unistd.h>

static double largest_difference(const wadi_image *a, const wadi_image *b, double *mean)
{
    size_t count = (size_t)a->rows * (size_t)a->columns;
    float *first = malloc(count * sizeof *first), *second = malloc(count * sizeof *second);
    double largest = 0, sum = 0;

    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->columns, b->columns);
    assert_int_equal(a->frames, b->frames);
    wadi_image_frame(a, 0, first);
    wadi_image_frame(b, 0, second);
    for (size_t i = 0; i < count; i++) {
        double difference = fabs((double)first[i] - second[i]);

        sum += difference;
        largest = difference > largest ? difference : largest;
    }
    free(first);
    free(second);
    if (mean)
        *mean = sum / (double)count;
    return largest;
}

/* Mean and largest difference to the uncompressed twin that the coding may make, in its own
 * units: 0 for lossless; the NEAR parameter times the slope for near-lossless JPEG-LS. For the
 * rest the rate at which the file was made decides: 1 % of the range on average and 10 % at
 * worst is a decoder that works (a wrong sign, shift or plane is off by the whole range); 25 %
 * for the pictures with burnt-in letters or shutter edges, which ring. */
static const struct {
    const char *name;
    const char *twin;
    double mean, largest;
} CODINGS[] = {
    {"wg04/CT1_J2KR", "wg04/CT1_UNC", 0, 0},    {"wg04/CT1_JLSL", "wg04/CT1_UNC", 0, 0},
    {"wg04/CT1_JPLL", "wg04/CT1_UNC", 0, 0},    {"wg04/CT1_RLE", "wg04/CT1_UNC", 0, 0},
    {"wg04/CT1_JLSN", "wg04/CT1_UNC", 4, 4},    {"wg04/CT1_J2KI", "wg04/CT1_UNC", 42.8, 428},
    {"wg04/MR1_J2KR", "wg04/MR1_UNC", 0, 0},    {"wg04/MR1_JLSL", "wg04/MR1_UNC", 0, 0},
    {"wg04/MR1_JPLL", "wg04/MR1_UNC", 0, 0},    {"wg04/MR1_RLE", "wg04/MR1_UNC", 0, 0},
    {"wg04/MR1_JLSN", "wg04/MR1_UNC", 4, 4},    {"wg04/MR1_JPLY", "wg04/MR1_UNC", 40, 400},
    {"wg04/MR1_J2KI", "wg04/MR1_UNC", 40, 400}, {"wg04/US1_J2KR", "wg04/US1_UNC", 0, 0},
    {"wg04/US1_RLE", "wg04/US1_UNC", 0, 0},     {"wg04/US1_J2KI", "wg04/US1_UNC", 2.6, 64},
    {"wg04/XA1_J2KR", "wg04/XA1_UNC", 0, 0},    {"wg04/XA1_JLSL", "wg04/XA1_UNC", 0, 0},
    {"wg04/XA1_JPLL", "wg04/XA1_UNC", 0, 0},    {"wg04/XA1_RLE", "wg04/XA1_UNC", 0, 0},
    {"wg04/XA1_JLSN", "wg04/XA1_UNC", 4, 4},    {"wg04/XA1_JPLY", "wg04/XA1_UNC", 5, 126},
    {"wg04/XA1_J2KI", "wg04/XA1_UNC", 5, 126},
};

static void each_coding_equals_its_uncompressed_twin(void **state)
{
    (void)state;
    need_image_data();
    for (size_t i = 0; i < sizeof CODINGS / sizeof CODINGS[0]; i++) {
        char path[200], twin_path[200];
        double mean = 0, largest;

        snprintf(path, sizeof path, IMAGE_DATA "%s", CODINGS[i].name);
        snprintf(twin_path, sizeof twin_path, IMAGE_DATA "%s", CODINGS[i].twin);
        wadi_image *image = read_image(path), *twin = read_image(twin_path);

        largest = largest_difference(image, twin, &mean);
        if (CODINGS[i].largest == 0) /* colours too, not only their luminance */
            assert_memory_equal(image->samples, twin->samples,
                                (size_t)image->rows * (size_t)image->columns *
                                    (size_t)image->channels *
                                    (image->sample == WADI_U8 ? 1 : 2));
        if (getenv("WADI_SHOW"))
            print_message("%s mean %.3f largest %.1f\n", CODINGS[i].name, mean, largest);
        if (largest > CODINGS[i].largest || mean > CODINGS[i].mean) {
            print_error("%s: mean %g, largest %g\n", CODINGS[i].name, mean, largest);
            fail();
        }
        wadi_image_free(image);
        wadi_image_free(twin);
    }
}

static const struct {
    const char *name;
    double mean, largest; /* in HU; the 8-bit coding has steps of 17.4 HU, the 12-bit ones noise
                             of the CT to round off */
} SYNTAXES[] = {
    {"CTImage.dcm_BigEndianExplicitTransferSyntax_1.2.840.10008.1.2.2.dcm", 0, 0},
    {"CTImage.dcm_DeflatedExplicitVRLittleEndianTransferSyntax_1.2.840.10008.1.2.1.99.dcm", 0,
     0},
    {"CTImage.dcm_LittleEndianImplicitTransferSyntax_1.2.840.10008.1.2.dcm", 0, 0},
    {"CTImage.dcm_RLELosslessTransferSyntax_1.2.840.10008.1.2.5.dcm", 0, 0},
    {"CTImage.dcm_JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90.dcm", 0, 0},
    {"CTImage.dcm_JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80.dcm", 0, 0},
    {"CTImage.dcm_JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70.dcm", 0, 0},
    {"CTImage.dcm_JPEGProcess14TransferSyntax_1.2.840.10008.1.2.4.57.dcm", 0, 0},
    {"CTImage.dcm_JPEG2000TransferSyntax_1.2.840.10008.1.2.4.91.dcm", 2, 10},
    {"CTImage.dcm_JPEGLSLossyTransferSyntax_1.2.840.10008.1.2.4.81.dcm", 1, 1},
    {"CTImage.dcm_JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55.dcm", 10, 60},
    {"CTImage.dcm_JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51.dcm", 10, 60},
    {"CTImage.dcm_JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53.dcm", 10, 60},
    {"CTImage.dcm_JPEGProcess1TransferSyntax_1.2.840.10008.1.2.4.50.dcm", 25, 90},
};

static void one_slice_is_the_same_in_every_transfer_syntax(void **state)
{
    const char *folder = IMAGE_DATA "cornerstone_ct_syntaxes/";
    char path[300];

    (void)state;
    need_image_data();
    snprintf(path, sizeof path,
             "%sCTImage.dcm_LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2.1.dcm",
             folder);
    wadi_image *twin = read_image(path);

    for (size_t i = 0; i < sizeof SYNTAXES / sizeof SYNTAXES[0]; i++) {
        double mean = 0, largest;

        snprintf(path, sizeof path, "%s%s", folder, SYNTAXES[i].name);
        wadi_image *image = read_image(path);

        largest = largest_difference(image, twin, &mean);
        if (getenv("WADI_SHOW"))
            print_message("%s mean %.3f largest %.1f\n", SYNTAXES[i].name, mean, largest);
        if (largest > SYNTAXES[i].largest || mean > SYNTAXES[i].mean) {
            print_error("%s: mean %g, largest %g\n", SYNTAXES[i].name, mean, largest);
            fail();
        }
        wadi_image_free(image);
    }
    wadi_image_free(twin);
}

/* No offset table tells where its fragments belong; the lowest rows come last. */
static void a_frame_in_fragments_without_an_offset_table_is_whole(void **state)
{
    (void)state;
    need_image_data();
    wadi_image *image = read_image(IMAGE_DATA "cornerstone_ct_syntaxes/"
                                              "CT0012.fragmented_no_bot_jpeg_baseline.51.dcm");
    size_t count = (size_t)image->rows * (size_t)image->columns;
    float *values = malloc(count * sizeof *values);
    double sum = 0, squares = 0;

    assert_int_equal(image->rows, 512);
    assert_int_equal(image->columns, 512);
    wadi_image_frame(image, 0, values);
    for (size_t i = count * 3 / 4; i < count * 7 / 8; i++) {
        sum += values[i];
        squares += (double)values[i] * values[i];
    }
    sum /= (double)count / 8;
    assert_true(squares / ((double)count / 8) - sum * sum > 100); /* tissue, not one grey */
    free(values);
    wadi_image_free(image);
}

static void the_angiogram_run_has_its_times_and_angles_and_says_what_is_missing(void **state)
{
    wadi_error err = {0};
    char *text = NULL;
    size_t size;

    (void)state;
    need_image_data();
    wadi_image *run = read_image(IMAGE_DATA "xa_multiframe/rubo_demo_xa_96f.dcm");

    assert_int_equal(run->frames, 96);
    assert_near(run->frame_times_ms[17], 561.0, 0, 1e-9);
    assert_near(run->primary_deg.value, -32, 0, 0);
    assert_false(run->row_mm.known);
    assert_int_equal(wadi_image_describe(run, NULL, &text, &size, &err), WADI_OK);
    assert_non_null(strstr(text, "\"spacing_mm\": null"));
    assert_non_null(strstr(text, "\"source_detector_mm\""));
    assert_null(strstr(text, "Rubo"));
    assert_null(strstr(text, "556342B"));
    free(text);
    wadi_image_free(run);
}

static void a_series_given_backwards_comes_out_in_order(void **state)
{
    wadi_image *images[24];
    const char *paths[24];
    char names[24][100];
    wadi_index order[24];
    wadi_series_report report;
    wadi_volume *volume = NULL;
    wadi_error err = {0};

    (void)state;
    need_image_data();
    for (int i = 0; i < 24; i++) {
        snprintf(names[i], sizeof names[i], IMAGE_DATA "mr_series_vsseg/1-0%d.dcm", 72 - i);
        paths[i] = names[i];
    }
    assert_int_equal(wadi_image_read_many(paths, 24, images, &err), WADI_OK);
    assert_int_equal(wadi_volume_assemble(images, 24, &volume, order, &report, &err), WADI_OK);
    assert_int_equal(volume->slices, 24);
    assert_near(volume->spacing_mm[2], 1.5, 1e-6, 0);
    assert_int_equal(report.gap_count, 0);
    for (int i = 1; i < 24; i++)
        assert_int_equal(order[i], order[i - 1] + (order[1] > order[0] ? 1 : -1));
    wadi_volume_free(volume);
    volume = NULL;
    /* Without two of its slices there is a gap, and it is said. */
    wadi_image *fewer[22];
    int kept = 0;

    for (int i = 0; i < 24; i++)
        if (i != 10 && i != 11)
            fewer[kept++] = images[i];
    assert_int_equal(wadi_volume_assemble(fewer, 22, &volume, NULL, &report, &err), WADI_OK);
    assert_int_equal(volume->slices, 24);
    assert_int_equal(report.gap_count, 1);
    assert_near(report.largest_gap_mm, 4.5, 1e-6, 0);
    wadi_volume_free(volume);
    for (int i = 0; i < 24; i++)
        wadi_image_free(images[i]);
}

static wadi_image *made_up_run(void)
{
    wadi_image *image = calloc(1, sizeof *image);

    image->sample = WADI_U16;
    image->frames = 3;
    image->rows = 5;
    image->columns = 7;
    image->channels = 1;
    image->bits = 12;
    image->slope = 1;
    image->samples = calloc(105, 2);
    for (int i = 0; i < 105; i++)
        ((uint16_t *)image->samples)[i] = (uint16_t)(i * 37 % 4096);
    strcpy(image->modality, "XA");
    strcpy(image->intensity, "LIN");
    image->imager_row_mm = image->imager_column_mm = (wadi_maybe){true, 0.3};
    image->source_detector_mm = (wadi_maybe){true, 1100};
    image->source_patient_mm = (wadi_maybe){true, 750};
    image->primary_deg = (wadi_maybe){true, -30.5};
    image->secondary_deg = (wadi_maybe){true, 12};
    image->frame_times_ms = calloc(3, sizeof(double));
    image->frame_times_ms[1] = 40;
    image->frame_times_ms[2] = 80;
    return image;
}

static void a_written_run_reads_back_with_its_geometry(void **state)
{
    wadi_image *run = made_up_run(), *back;
    wadi_error err = {0};
    char path[64];

    (void)state;
    snprintf(path, sizeof path, "test-image-%ld.dcm", (long)getpid());
    assert_int_equal(wadi_dicom_write(path, run, 7, &err), WADI_OK);
    back = read_image(path);
    remove(path);
    assert_int_equal(back->frames, 3);
    assert_memory_equal(back->samples, run->samples, 210);
    assert_near(back->row_mm.value, 0.3 * 750 / 1100, 1e-9, 0);
    assert_string_equal(back->spacing_source, "geometry");
    assert_near(back->frame_times_ms[2], 80, 1e-9, 0);
    assert_near(back->primary_deg.value, -30.5, 0, 0);
    wadi_image_free(back);
    wadi_image_free(run);
}

static void a_written_volume_reads_back_in_place(void **state)
{
    wadi_volume *volume = NULL, *back = NULL;
    wadi_image *image;
    wadi_error err = {0};
    char path[64];

    (void)state;
    snprintf(path, sizeof path, "test-image-%ld.nii.gz", (long)getpid());
    assert_int_equal(wadi_volume_new(4, 3, 5, &volume, &err), WADI_OK);
    for (int i = 0; i < 60; i++)
        volume->values[i] = (float)(i * 31 - 900);
    volume->spacing_mm[0] = 0.5;
    volume->spacing_mm[1] = 0.75;
    volume->spacing_mm[2] = 2;
    volume->origin_mm[0] = -12;
    volume->origin_mm[2] = 40;
    assert_int_equal(wadi_nifti_write(path, volume, &err), WADI_OK);
    image = read_image(path);
    remove(path);
    assert_int_equal(wadi_volume_assemble(&image, 1, &back, NULL, NULL, &err), WADI_OK);
    assert_memory_equal(back->values, volume->values, 60 * sizeof(float));
    for (int i = 0; i < 3; i++) {
        assert_near(back->spacing_mm[i], volume->spacing_mm[i], 1e-6, 0);
        assert_near(back->origin_mm[i], volume->origin_mm[i], 1e-6, 1e-6);
    }
    wadi_image_free(image);
    wadi_volume_free(volume);
    wadi_volume_free(back);
}

/* Found by the fuzz targets: the one wrote beyond niftiio's stack, the other wrapped a size. */
static void headers_that_claim_too_much_or_end_the_file_are_refused(void **state)
{
    static const char META[] = "ObjectType = Image\nNDims = 2\nDimSize = 2 2\n"
                               "ElementType = MET_UCHAR\nElementDataFile = LOCAL";
    unsigned char nifti[560] = {0};
    char path[64];
    wadi_error err = {0};
    wadi_image *image = NULL;

    (void)state;
    snprintf(path, sizeof path, "test-image-%ld", (long)getpid());
    for (int order = 0; order < 2; order++) {
        memset(nifti, 0, sizeof nifti);
        nifti[order ? 2 : 1] = 540 >> 8;
        nifti[order ? 3 : 0] = 540 & 255;
        memcpy(nifti + 4, "n+2\0\r\n\032\n", 8);
        nifti[order ? 13 : 12] = 4;
        nifti[order ? 15 : 14] = 16;
        nifti[order ? 20 : 19] = 1; /* many more than 7 sides */
        assert_int_equal(wadi_file_write(path, nifti, sizeof nifti, &err), WADI_OK);
        assert_int_equal(wadi_image_read(path, &image, &err), WADI_ERR_PARSE);
        assert_non_null(strstr(err.message, "NIfTI header is damaged"));
    }
    assert_int_equal(wadi_file_write(path, META, sizeof META - 1, &err), WADI_OK);
    assert_int_equal(wadi_image_read(path, &image, &err), WADI_ERR_PARSE);
    assert_non_null(strstr(err.message, "MetaImage"));
    remove(path);
}

static void what_is_no_image_is_refused_with_its_name(void **state)
{
    wadi_image *image = NULL;
    wadi_error err = {0};

    (void)state;
    assert_int_equal(wadi_image_read("meson.build", &image, &err), WADI_ERR_PARSE);
    assert_null(image);
    assert_non_null(strstr(err.message, "meson.build"));
    assert_int_equal(wadi_image_read("no-such-file", &image, &err), WADI_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_coding_equals_its_uncompressed_twin),
        cmocka_unit_test(one_slice_is_the_same_in_every_transfer_syntax),
        cmocka_unit_test(a_frame_in_fragments_without_an_offset_table_is_whole),
        cmocka_unit_test(the_angiogram_run_has_its_times_and_angles_and_says_what_is_missing),
        cmocka_unit_test(a_series_given_backwards_comes_out_in_order),
        cmocka_unit_test(a_written_run_reads_back_with_its_geometry),
        cmocka_unit_test(a_written_volume_reads_back_in_place),
        cmocka_unit_test(headers_that_claim_too_much_or_end_the_file_are_refused),
        cmocka_unit_test(what_is_no_image_is_refused_with_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
