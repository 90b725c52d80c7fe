"""System calls that handling strangers' files never needs: names, and numbers on x86-64 and aarch64 (`-`: none).

Linux, arch/x86/entry/syscalls/syscall_64.tbl and scripts/syscall.tbl. In groups, of which a process may need one.
"""

from collections.abc import Mapping
from typing import Final

MACHINES: Final = ("x86_64", "aarch64")

_NETWORK: Final = """
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
"""
_PROCESSES: Final = """
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
"""
_FILES: Final = """
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
open_by_handle_at 304 265
"""
_SYSTEM: Final = """
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
fsopen 430 430
fsmount 432 432
fspick 433 433
open_tree 428 428
move_mount 429 429
mount_setattr 442 442
init_module 175 105
finit_module 313 273
delete_module 176 106
kexec_load 246 104
reboot 169 142
acct 163 89
swapon 167 224
swapoff 168 225
sethostname 170 161
setdomainname 171 162
settimeofday 164 170
clock_settime 227 112
"""
CALLS: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(line.split()[0] for line in table.split("\n") if line)
    for name, table in (
        ("network", _NETWORK),
        ("processes", _PROCESSES),
        ("files", _FILES),
        ("system", _SYSTEM),
    )
}
"""The network; other processes; changes to files; the system itself."""

_NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(numbers)
    for table in (_NETWORK, _PROCESSES, _FILES, _SYSTEM)
    for name, *numbers in map(str.split, filter(None, table.split("\n")))
}


def number_of(name: str, machine: str) -> int | None:
    """The number of a call on one of `MACHINES`; None: it has none there. Raises KeyError."""
    number = _NUMBERS[name][MACHINES.index(machine)]
    return None if number == "-" else int(number)
