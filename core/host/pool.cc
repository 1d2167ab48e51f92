// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/pool.h"

#include "core/io/memfd.h"

#include <cerrno>
#include <system_error>

#include <sys/mman.h>

namespace rekam::host {

Pool::Pool(std::size_t count, std::size_t bytes) : bytes_(bytes) {
    for (std::size_t i = 0; i < count; ++i) {
        io::Fd memfd = io::create_memfd("rekam-preview");
        // Reserved before it is mapped: what is not there is an error here and not a signal later.
        if (const int failed = ::posix_fallocate(memfd.get(), 0, static_cast<off_t>(bytes)); failed != 0)
            throw std::system_error(failed, std::generic_category(), "memory for a preview");
        void* mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, memfd.get(), 0);
        if (mapped == MAP_FAILED)
            throw std::system_error(errno, std::generic_category(), "mapping memory for a preview");
        mapped_.push_back(static_cast<std::uint8_t*>(mapped));
        io::seal_buffer(memfd.get());
        descriptors_.push_back(std::move(memfd));
    }
}

Pool::~Pool() {
    for (std::uint8_t* mapped : mapped_)
        ::munmap(mapped, bytes_);
}

Pool& Pool::operator=(Pool&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(mapped_, other.mapped_);
    std::swap(descriptors_, other.descriptors_);
    return *this;
}

} // namespace rekam::host
