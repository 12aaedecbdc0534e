/* rows.c: the rows that bench/command.py asks `tempo table` for, by the shortest program that prints them:
 * the formula and one printf() a row. */
#include <inttypes.h>
#include <stdio.h>

#include "by_hand/cosine.h"

int main(void)
{
    enum { ROWS = 1000 * 1000 };
    puts("batch,epoch,sample,token,lr");
    for (int64_t batch = 0; batch < ROWS; batch++)
        printf("%" PRId64 ",,%" PRId64 ",%" PRId64 ",%.17g\n", batch, batch * 1024, batch * 1024 * 2048,
               cosine_by_hand(&cosine_recipe_7b, batch));
    return 0;
}
