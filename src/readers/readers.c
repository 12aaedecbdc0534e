/* readers.c: the one list of readers. */
#include "readers/reader.h"

extern const tempo__config_reader tempo__llmfoundry_reader;

static const tempo__config_reader *const readers[] = {
    &tempo__llmfoundry_reader,
};

const tempo__config_reader *tempo__config_reader_at(size_t index)
{
    return index < sizeof readers / sizeof readers[0] ? readers[index] : NULL;
}
