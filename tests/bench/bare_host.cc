// SPDX-License-Identifier: Apache-2.0
// The least that a host could be: it loads the plugin, finds its entry, and sends back whatever comes on descriptor 3.
// What rekam-host costs is judged against it.
#include <array>
#include <cstdlib>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char** argv) {
    constexpr int channel = 3;
    if (argc != 2)
        return 64;
    void* library = ::dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (!library || !::dlsym(library, "rekam_create"))
        return 1;
    ::fcntl(channel, F_SETFL, 0); // it comes non-blocking; nothing else is to be waited for here
    std::array<char, 4'096> bytes{'h'};
    ssize_t length = 1; // "here I am"
    while (length > 0 && ::send(channel, bytes.data(), static_cast<std::size_t>(length), MSG_NOSIGNAL) == length)
        length = ::recv(channel, bytes.data(), bytes.size(), 0);
    return 0;
}
