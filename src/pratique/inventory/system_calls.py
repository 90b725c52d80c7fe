"""System calls that reading a layer never makes: their names, and their numbers on x86-64 and on aarch64 (`-`: none).

The network; other processes; changes to files; the system itself. (Linux, arch/x86/entry/syscalls/syscall_64.tbl and
scripts/syscall.tbl.)
"""

from typing import Final

MACHINES: Final = ("x86_64", "aarch64")

_TABLE: Final = """
socket 41 198
socketpair 53 199
connect 42 203
accept 43 202
accept4 288 242
bind 49 200
listen 50 201
sendto 44 206
sendmsg 46 211
sendmmsg 307 269
io_uring_setup 425 425
io_uring_enter 426 426
io_uring_register 427 427

fork 57 -
vfork 58 -
clone 56 220
clone3 435 435
execve 59 221
execveat 322 281
kill 62 129
tkill 200 130
tgkill 234 131
rt_sigqueueinfo 129 138
rt_tgsigqueueinfo 297 240
pidfd_open 434 434
pidfd_getfd 438 438
pidfd_send_signal 424 424
ptrace 101 117
process_vm_readv 310 270
process_vm_writev 311 271
process_madvise 440 440
prlimit64 302 261
shmget 29 194
semget 64 190
msgget 68 186

openat2 437 437
creat 85 -
truncate 76 45
ftruncate 77 46
fallocate 285 47
rename 82 -
renameat 264 38
renameat2 316 276
link 86 -
linkat 265 37
symlink 88 -
symlinkat 266 36
unlink 87 -
unlinkat 263 35
mkdir 83 -
mkdirat 258 34
rmdir 84 -
mknod 133 -
mknodat 259 33
chmod 90 -
fchmod 91 52
fchmodat 268 53
fchmodat2 452 452
chown 92 -
lchown 94 -
fchown 93 55
fchownat 260 54
utime 132 -
utimes 235 -
futimesat 261 -
utimensat 280 88
setxattr 188 5
lsetxattr 189 6
fsetxattr 190 7
removexattr 197 14
lremovexattr 198 15
fremovexattr 199 16

mount 165 40
umount2 166 39
chroot 161 51
pivot_root 155 41
unshare 272 97
setns 308 268
add_key 248 217
request_key 249 218
keyctl 250 219
bpf 321 280
perf_event_open 298 241
userfaultfd 323 282
"""


def denied(machine: str) -> tuple[int, ...]:
    """The numbers of these calls on one of `MACHINES`."""
    column = MACHINES.index(machine) + 1
    rows = (line.split() for line in _TABLE.splitlines() if line)
    return tuple(int(row[column]) for row in rows if row[column] != "-")
