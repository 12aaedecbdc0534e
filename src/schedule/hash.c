/* hash.c: a number that tells schedules apart, the same on every platform. */
#include "schedule/hash.h"

#include "base/internal.h"

/* FNV-1a of 64 bits, http://www.isthe.com/chongo/tech/comp/fnv/. */
static const uint64_t empty = UINT64_C(14695981039346656037), prime = UINT64_C(1099511628211);

static uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * prime;
    return hash;
}

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
    for (int i = 0; i < 8; i++, number >>= 8)
        hash = (hash ^ (number & 0xFF)) * prime;
    return hash;
}

/* By meaning: 1 and 1.0 are the same, and so are maps whose members stand in another order. */
static uint64_t hash_value(uint64_t hash, const tempo_value *value)
{
    char text[TEMPO__NUMBER_MAX];
    uint64_t members = 0;
    switch (value->kind) {
    case TEMPO_VALUE_NULL:
        return hash_bytes(hash, "~", 1);
    case TEMPO_VALUE_BOOL:
        return hash_bytes(hash, value->boolean ? "+" : "-", 1);
    case TEMPO_VALUE_INTEGER:
        return hash_bytes(hash_bytes(hash, "#", 1), text, tempo__integer_print(text, value->integer));
    case TEMPO_VALUE_REAL:
        return hash_bytes(hash_bytes(hash, "#", 1), text, tempo__number_print(text, value->real));
    case TEMPO_VALUE_TEXT:
        return hash_bytes(hash_bytes(hash, "\"", 1), value->text, value->text_length + 1);
    case TEMPO_VALUE_LIST:
        hash = hash_number(hash_bytes(hash, "[", 1), value->count);
        for (const tempo_value *member = value->first; member; member = member->next)
            hash = hash_value(hash, member);
        return hash;
    case TEMPO_VALUE_MAP:
        for (const tempo_value *member = value->first; member; member = member->next)
            members += hash_value(hash_bytes(empty, member->key, member->key_length + 1), member);
        return hash_number(hash_bytes(hash, "{", 1), members);
    }
    return hash;
}

uint64_t tempo__value_hash(const tempo_value *value)
{
    return hash_value(empty, value);
}
