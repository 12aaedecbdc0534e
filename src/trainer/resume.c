/* resume.c: what of a training is in a checkpoint, and going on from it. */
#include "trainer/internal.h"

tempo_status tempo__checkpoint(tempo_trainer *trainer, bool always, tempo_error *error)
{
    (void)trainer;
    (void)always;
    (void)error;
    return TEMPO_OK;
}
