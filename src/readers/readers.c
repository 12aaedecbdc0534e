/* readers.c: the one list of readers. The first that recognises a config reads it. */
#include "readers/reader.h"

extern const tempo__config_reader tempo__llmfoundry_reader;
extern const tempo__config_reader tempo__xlstm_reader;

static const tempo__config_reader *const readers[] = {
    &tempo__xlstm_reader, /* before llm-foundry's, which takes any scheduler beside an optimizer */
    &tempo__llmfoundry_reader,
};

const tempo__config_reader *tempo__config_reader_at(size_t index)
{
    return index < sizeof readers / sizeof readers[0] ? readers[index] : NULL;
}
