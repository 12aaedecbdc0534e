/* cli/plot_cairo_load.c: where cairo's functions come from. */
#include "cli/plot_cairo.h"

#ifdef TEMPO_CAIRO_LOADED
#include <dlfcn.h>
#include <string.h>

/* dlsym() returns functions as void *, which POSIX allows and ISO C has no cast for. */
static bool find(void *library, const char *name, void *function, size_t size)
{
    void *symbol = dlsym(library, name);
    memcpy(function, &symbol, size);
    return symbol;
}

/* Once there, a library stays: what it registered for the end of the process would else be gone by then. */
bool plot_cairo_load(plot_cairo *out)
{
    void *library = dlopen("libcairo.so.2", RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
#define FIND(result, name, arguments) &&find(library, "cairo_" #name, &out->name, sizeof out->name)
    return library PLOT_CAIRO_LIST(FIND);
#undef FIND
}
#else
bool plot_cairo_load(plot_cairo *out)
{
    *out = (plot_cairo){
#define LINKED(result, name, arguments) .name = cairo_##name,
        PLOT_CAIRO_LIST(LINKED)
#undef LINKED
    };
    return true;
}
#endif
