// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/frame_file.h"

#include "core/io/memfd.h"

#include <stdexcept>
#include <sys/mman.h>
#include <system_error>

namespace rekam::host {

FrameFile::FrameFile(bool hashed)
    : memfd_(io::create_memfd("rekam-frame")), digest_(hashed ? std::optional(Sha256()) : std::nullopt) {}

void FrameFile::write(std::string_view bytes) {
    if (bytes.size() > max_frame_bytes - bytes_)
        throw std::length_error("a frame of more than 1 GiB");
    io::write_memfd(memfd_.get(), bytes);
    bytes_ += bytes.size();
    if (digest_)
        digest_->update(bytes);
}

std::string FrameFile::finish_hash() { return "sha256:" + to_hex(std::exchange(digest_, std::nullopt)->finish()); }

io::Fd FrameFile::seal() {
    io::seal_memfd(memfd_.get());
    return std::move(memfd_);
}

FrameView::FrameView(const FrameFile& file) : size_(file.bytes()) {
    if (size_ == 0)
        return;
    mapped_ = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file.descriptor(), 0);
    if (mapped_ == MAP_FAILED)
        throw std::system_error(errno, std::generic_category(), "mapping a frame");
}

FrameView::~FrameView() {
    if (size_ > 0)
        ::munmap(mapped_, size_);
}

} // namespace rekam::host
