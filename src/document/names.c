/* names.c: sets of names with a cost that no choice of names can drive up. Knows no document.
 *
 * A crit-bit tree: the names are its leaves, and each branch is the first bit in which the names below
 * it differ. A hash table would be shorter, and slow for whoever crafts the names.
 */
#include "document/internal.h"

#include <string.h>

static size_t direction_of(const tempo__name *branch, const char *text, size_t length)
{
    /* A text that is too short ends in zeros; they are no names' bytes. */
    const unsigned char byte = branch->byte < length ? (unsigned char)text[branch->byte] : 0;
    return (byte & branch->bit) != 0;
}

/* The leaf that has all branching bits in common with the text. */
static tempo__name *closest(const tempo__names *names, const char *text, size_t length)
{
    tempo__name *name = names->root;
    bool is_leaf = names->root_is_leaf;
    while (name && !is_leaf) {
        const size_t direction = direction_of(name, text, length);
        is_leaf = name->is_leaf[direction];
        name = name->child[direction];
    }
    return name;
}

tempo__name *tempo__names_find(const tempo__names *names, const char *text)
{
    tempo__name *name = closest(names, text, strlen(text));
    return name && strcmp(name->text, text) == 0 ? name : NULL;
}

/* Puts `name`, as a leaf and as the branch above it, where its bit belongs. */
static void insert(tempo__names *names, tempo__name *name, size_t length)
{
    tempo__name **link = &names->root;
    bool *is_leaf = &names->root_is_leaf;
    while (!*is_leaf && ((*link)->byte < name->byte || ((*link)->byte == name->byte && (*link)->bit > name->bit))) {
        tempo__name *const branch = *link;
        const size_t direction = direction_of(branch, name->text, length);
        link = &branch->child[direction];
        is_leaf = &branch->is_leaf[direction];
    }
    const size_t own = direction_of(name, name->text, length);
    name->child[own] = name;
    name->is_leaf[own] = true;
    name->child[1 - own] = *link;
    name->is_leaf[1 - own] = *is_leaf;
    *link = name;
    *is_leaf = false;
}

tempo__name *tempo__names_enter(tempo__names *names, const char *text)
{
    const size_t length = strlen(text);
    tempo__name *const near = closest(names, text, length);
    size_t byte = 0;
    if (near) {
        while (near->text[byte] == text[byte] && text[byte])
            byte++;
        if (near->text[byte] == text[byte])
            return near;
    }
    tempo__name *name = tempo__arena_take(names->arena, 1, sizeof *name);
    if (!name)
        return NULL;
    name->text = text;
    if (!near) {
        names->root = name;
        names->root_is_leaf = true;
        return name;
    }
    const unsigned difference = (unsigned char)near->text[byte] ^ (unsigned char)text[byte];
    unsigned bit = 0x80;
    while (!(difference & bit))
        bit >>= 1;
    name->byte = byte;
    name->bit = (unsigned char)bit;
    insert(names, name, length);
    return name;
}
