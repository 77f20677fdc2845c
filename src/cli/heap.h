/* How glibc's heap is set for the server: large pages, one heap for all threads, memory of a peak
 * kept, the buffers of TLS mapped on their own. */
#pragma once

/* In main's thread before anything else, argv being the command's. With large pages wanted the
 * program begins anew, once, for glibc takes that wish from the environment only. */
void heap_begin(int argc, char **argv);
/* When what stays for the server's life has been read. Main thread. */
void heap_settle(void);
