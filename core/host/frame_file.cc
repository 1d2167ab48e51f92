// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/frame_file.h"

#include "core/base/digest.h"
#include "core/io/memfd.h"

#include <openssl/evp.h>
#include <stdexcept>
#include <sys/mman.h>
#include <system_error>

namespace rekam::host {

class FrameFile::Digest {
  public:
    Digest() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
        check(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
    }
    void update(std::string_view bytes) { check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }
    std::string finish() {
        std::string raw(EVP_MAX_MD_SIZE, '\0');
        unsigned length = 0;
        check(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(raw.data()), &length) == 1);
        raw.resize(length);
        return "sha256:" + to_hex(raw);
    }

  private:
    static void check(bool ok) {
        if (!ok)
            throw std::runtime_error("libcrypto cannot compute SHA-256");
    }
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

FrameFile::FrameFile(bool hashed)
    : memfd_(io::create_memfd("rekam-frame")), digest_(hashed ? std::make_unique<Digest>() : nullptr) {}
FrameFile::~FrameFile() = default;
FrameFile::FrameFile(FrameFile&&) noexcept = default;
FrameFile& FrameFile::operator=(FrameFile&&) noexcept = default;

void FrameFile::write(std::string_view bytes) {
    if (bytes.size() > max_frame_bytes - bytes_)
        throw std::length_error("a frame of more than 1 GiB");
    io::write_memfd(memfd_.get(), bytes);
    bytes_ += bytes.size();
    if (digest_)
        digest_->update(bytes);
}

std::string FrameFile::finish_hash() { return std::exchange(digest_, nullptr)->finish(); }

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
