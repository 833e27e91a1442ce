/* Preloaded: keeps a copy of each file as it was at its last sync, which is what a disk holds after a power cut.

   SHADOWED names the folder whose files are kept, SHADOW where the copies go, under the same names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the copy of a file goes; false for one that is elsewhere. */
static int shadow_of(const char *path, char target[PATH_MAX]) {
  const char *shadowed = getenv("SHADOWED"), *shadow = getenv("SHADOW");
  if (!shadowed || !shadow) return 0;
  size_t prefix = strlen(shadowed);
  if (strncmp(path, shadowed, prefix) || path[prefix] != '/') return 0;
  return snprintf(target, PATH_MAX, "%s%s", shadow, path + prefix) < PATH_MAX;
}

static void make_folders(const char *path) {
  char folder[PATH_MAX];
  for (const char *slash = path; (slash = strchr(slash + 1, '/'));) {
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    mkdir(folder, 0700);
  }
}

static void copy(int descriptor) {
  char link[64], path[PATH_MAX], draft[PATH_MAX], target[PATH_MAX], buffer[1 << 16];
  struct stat status;
  if (fstat(descriptor, &status) || !S_ISREG(status.st_mode)) return;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return;
  path[length] = 0;
  if (!shadow_of(path, target)) return;
  snprintf(draft, sizeof draft, "%s.draft", target);
  make_folders(draft);
  int to = open(draft, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ssize_t count;
  off_t offset = 0;
  /* Through the same descriptor: closing another one of a file would take SQLite's locks on it away. */
  for (; (count = pread(descriptor, buffer, sizeof buffer, offset)) > 0; offset += count)
    if (write(to, buffer, count) != count) abort();
  close(to);
  rename(draft, target);
}

/* A file that is renamed or deleted is so at once: who relies on that syncs the folder. */
int rename(const char *from, const char *to) {
  int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
  char old[PATH_MAX], new[PATH_MAX];
  if (shadow_of(from, old) && shadow_of(to, new)) real(old, new);
  return real(from, to);
}

int unlink(const char *path) {
  int (*real)(const char *) = dlsym(RTLD_NEXT, "unlink");
  char target[PATH_MAX];
  if (shadow_of(path, target)) real(target);
  return real(path);
}

int fsync(int descriptor) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
  int result = real(descriptor);
  if (!result) copy(descriptor);
  return result;
}

int fdatasync(int descriptor) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
  int result = real(descriptor);
  if (!result) copy(descriptor);
  return result;
}
