// libedit sets everything through variadic functions, which Swift cannot call: one plain function
// for each use. And the C library's streams, which Swift 6 refuses as mutable globals.
#ifndef KEYHOLE_CLIBEDIT_H
#define KEYHOLE_CLIBEDIT_H

#include <histedit.h>
#include <stdio.h>
#include <string.h>

static inline FILE *keyhole_stdin(void) { return stdin; }
static inline FILE *keyhole_stdout(void) { return stdout; }
static inline FILE *keyhole_stderr(void) { return stderr; }

typedef unsigned char (*keyhole_edit_function)(EditLine *, int);

static inline void keyhole_el_client(EditLine *el, void *data) {
  el_set(el, EL_CLIENTDATA, data);
}

static inline void *keyhole_el_get_client(EditLine *el) {
  void *data = NULL;
  el_get(el, EL_CLIENTDATA, &data);
  return data;
}

// Escapes between two \1 take no room on the line.
static inline void keyhole_el_prompt(EditLine *el, char *(*prompt)(EditLine *)) {
  el_set(el, EL_PROMPT_ESC, prompt, '\1');
}

static inline void keyhole_el_emacs(EditLine *el) { el_set(el, EL_EDITOR, "emacs"); }
static inline void keyhole_el_signal(EditLine *el, int flag) { el_set(el, EL_SIGNAL, flag); }

static inline void keyhole_el_add(EditLine *el, const char *name, const char *help,
                                  keyhole_edit_function function) {
  el_set(el, EL_ADDFN, name, help, function);
}

static inline void keyhole_el_bind(EditLine *el, const char *key, const char *command) {
  el_set(el, EL_BIND, key, command, NULL);
}

static inline void keyhole_el_refresh(EditLine *el) { el_set(el, EL_REFRESH); }

#endif
