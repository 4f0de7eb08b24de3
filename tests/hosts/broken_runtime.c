/* An OpenXR runtime that fails in one way, chosen when it is compiled:
   CRASHES, NO_OPENGL, X11_ONLY (with a headset that is asleep), OLD, SILENT or SLOW. Layouts: OpenXR 1.0, loader interface 1. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int32_t Result;
typedef Result (*Function)(void);
enum { SUCCESS = 0, RUNTIME_FAILURE = -2, API_VERSION_UNSUPPORTED = -4, FUNCTION_UNSUPPORTED = -7,
       FORM_FACTOR_UNAVAILABLE = -35 };

typedef struct { uint32_t type, version; size_t size; uint32_t interface_version; uint64_t api_version; void *get; } Request;
typedef struct { uint32_t type; void *next; char name[128]; uint32_t version; } Extension;
typedef struct { uint32_t type; void *next; uint64_t version; char name[128]; } Properties;

static Result extensions(const char *layer, uint32_t capacity, uint32_t *count, Extension *found) {
#ifdef NO_OPENGL
    *count = 0;
#else
    *count = 1;
    if (capacity) strcpy(found->name, "XR_KHR_opengl_enable"), found->version = 1;
#endif
    return SUCCESS;
}

static Result create(const void *info, void **instance) {
#if defined(CRASHES)
    abort();
#elif defined(SLOW)
    sleep(60);
#elif defined(OLD)
    return API_VERSION_UNSUPPORTED;
#elif defined(SILENT)
    return RUNTIME_FAILURE;
#endif
    *instance = (void *)1;
    return SUCCESS;
}

static Result properties(void *instance, Properties *answer) {
    answer->version = (uint64_t)9 << 48;
    strcpy(answer->name, "Sleeper");
    return SUCCESS;
}

static Result get_system(void *instance, const void *info, uint64_t *system) { return FORM_FACTOR_UNAVAILABLE; }
static Result nothing(void) { return SUCCESS; }

static Result get(void *instance, const char *name, Function *function) {
    *function = 0;
    if (!strcmp(name, "xrEnumerateInstanceExtensionProperties")) *function = (Function)extensions;
    if (!strcmp(name, "xrCreateInstance")) *function = (Function)create;
    if (!strcmp(name, "xrDestroyInstance")) *function = nothing;
    if (!strcmp(name, "xrGetInstanceProperties")) *function = (Function)properties;
    if (!strcmp(name, "xrGetSystem")) *function = (Function)get_system;
    if (!strcmp(name, "xrGetInstanceProcAddr")) *function = (Function)get;
    return *function ? SUCCESS : FUNCTION_UNSUPPORTED;
}

Result xrNegotiateLoaderRuntimeInterface(const void *loader, Request *request) {
    request->interface_version = 1;
    request->api_version = (uint64_t)1 << 48;
    request->get = get;
    return SUCCESS;
}
