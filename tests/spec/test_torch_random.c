/* The random numbers of a torch.Generator: what torch 2.13.0 gives, to the last bit. */
#include "support/spec.h"

#include "families/torch_random.h"

static void the_numbers_of_a_seed_are_torchs(void **state)
{
    (void)state;
    static const struct {
        uint64_t seed;
        double normal[3], uniform[2];
    } expected[] = {
        {0, {1.5409960746765137, -0.293428897857666, -2.1787893772125244}, {0.49625658988952637, 0.7682217955589294}},
        {42, {0.33669036626815796, 0.12880940735340118, 0.23446236550807953}, {0.8822692632675171, 0.9150039553642273}},
        {UINT64_MAX,
         {1.2197630405426025, -0.3929794728755951, 1.0230751037597656},
         {0.9937993884086609, 0.5713063478469849}},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        torch_random random;
        torch_random_seed(&random, expected[i].seed);
        for (size_t k = 0; k < 3; k++)
            assert_true(torch_random_normal(&random) == (float)expected[i].normal[k]);
        torch_random_seed(&random, expected[i].seed);
        for (size_t k = 0; k < 2; k++)
            assert_true(torch_random_uniform(&random) == (float)expected[i].uniform[k]);
    }
}

static void only_the_lower_half_of_a_seed_counts(void **state)
{
    (void)state;
    torch_random random;
    torch_random_seed(&random, 42 + ((uint64_t)7 << 32));
    assert_true(torch_random_normal(&random) == 0.33669036626815796F);
}

static void the_words_are_renewed_over_and_over(void **state)
{
    (void)state;
    torch_random random;
    float drawn = 0;
    torch_random_seed(&random, 42);
    for (int i = 0; i < 624; i++)
        drawn = torch_random_uniform(&random);
    assert_true(drawn == 0.2202964425086975F);
    for (int i = 624; i < 2000; i++)
        drawn = torch_random_uniform(&random);
    assert_true(drawn == 0.4529714584350586F);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_numbers_of_a_seed_are_torchs),
        cmocka_unit_test(only_the_lower_half_of_a_seed_counts),
        cmocka_unit_test(the_words_are_renewed_over_and_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
