// SPDX-License-Identifier: Apache-2.0
// The way of an evidence frame, through the host's own code: written into a memfd and hashed as it comes, sealed,
// handed to another process, its seals and size checked there. It is compared with what cannot be avoided: the bytes
// into fresh pages, and SHA-256 over them.
#include "core/host/frame_file.h"
#include "core/io/memfd.h"
#include "core/io/packet_socket.h"
#include "tests/bench/commands.h"
#include "tests/bench/measure.h"

#include <cstring>
#include <memory>

#include <openssl/evp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rekam::bench {
namespace {

constexpr std::size_t mib = std::size_t{1} << 20;
constexpr double ms = 1e6;

/// Bytes that are mapped anew each time, so that every page faults.
class FreshPages {
  public:
    explicit FreshPages(std::size_t bytes) : bytes_(bytes) {
        start_ = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        must(start_ != MAP_FAILED, "mmap");
    }
    ~FreshPages() { ::munmap(start_, bytes_); }
    FreshPages(const FreshPages&) = delete;
    FreshPages& operator=(const FreshPages&) = delete;
    [[nodiscard]] char* data() const { return static_cast<char*>(start_); }

  private:
    void* start_ = nullptr;
    std::size_t bytes_;
};

void hash(const EVP_MD* algorithm, std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    must(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, algorithm, nullptr) == 1, "EVP_Digest");
}

io::Received wait_for_packet(int socket) {
    pollfd wait{socket, POLLIN, 0};
    must(::poll(&wait, 1, 20'000) == 1, "no packet within 20 s");
    return io::receive_packet(socket);
}

/// The receiver: checks and answers until the channel ends.
[[noreturn]] void receive_all(int socket) {
    for (;;) {
        const auto received = wait_for_packet(socket);
        if (received.status != io::ReceiveStatus::packet || received.descriptors.size() != 1)
            ::_exit(0);
        const bool sealed =
            io::sealed_bytes(received.descriptors.front().get()) == std::stoll(std::string(received.bytes));
        io::send_packet(socket, sealed ? "good" : "bad", {});
    }
}

class Receiver {
  public:
    Receiver() {
        auto [near, far] = io::make_socket_pair();
        pid_ = ::fork();
        must(pid_ >= 0, "fork");
        if (pid_ == 0) {
            near.reset();
            receive_all(far.get());
        }
        socket_ = std::move(near);
    }
    ~Receiver() {
        socket_.reset();
        ::waitpid(pid_, nullptr, 0);
    }
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;

    void hand_over(const io::Fd& frame, std::size_t bytes) {
        const int descriptor = frame.get();
        io::send_packet(socket_.get(), std::to_string(bytes), {&descriptor, 1});
        must(wait_for_packet(socket_.get()).bytes == "good", "the receiver refuses the frame");
    }

  private:
    io::Fd socket_;
    pid_t pid_ = -1;
};

template <class Work> void time(Figures& figures, const std::string& size, const char* what, Work work) {
    const auto begun = now_ns();
    work();
    figures.add(size, what, static_cast<double>(now_ns() - begun) / ms);
}

void run_round(Figures& figures, Receiver& receiver, const std::string& size, std::string_view picture) {
    time(figures, size, "unavoidable", [&] {
        const FreshPages copy(picture.size());
        std::memcpy(copy.data(), picture.data(), picture.size());
        hash(EVP_sha256(), {copy.data(), picture.size()});
    });
    std::unique_ptr<io::Fd> frame;
    time(figures, size, "evidence", [&] {
        host::FrameFile file(true);
        file.write(picture);
        must(file.finish_hash().size() == 71, "the hash");
        frame = std::make_unique<io::Fd>(file.seal());
        receiver.hand_over(*frame, picture.size());
    });
    time(figures, size, "receivers_hash", [&] {
        void* mapped = ::mmap(nullptr, picture.size(), PROT_READ, MAP_SHARED, frame->get(), 0);
        must(mapped != MAP_FAILED, "mmap of a frame");
        hash(EVP_sha256(), {static_cast<const char*>(mapped), picture.size()});
        ::munmap(mapped, picture.size());
    });
    time(figures, size, "sha256", [&] { hash(EVP_sha256(), picture); });
    time(figures, size, "blake2b", [&] { hash(EVP_blake2b512(), picture); });
    time(figures, size, "memcpy_fresh", [&] {
        const FreshPages copy(picture.size());
        std::memcpy(copy.data(), picture.data(), picture.size());
    });
    const FreshPages warm(picture.size());
    std::memset(warm.data(), 1, picture.size());
    time(figures, size, "memcpy_warm", [&] { std::memcpy(warm.data(), picture.data(), picture.size()); });
}

} // namespace

void measure_evidence(const EvidenceOptions& options) {
    Receiver receiver;
    Figures figures;
    for (const int megabytes : options.megabytes) {
        std::string picture(static_cast<std::size_t>(megabytes) * mib, '\0');
        for (std::size_t i = 0; i < picture.size(); ++i)
            picture[i] = static_cast<char>(i * 2'654'435'761U >> 13);
        Figures warm_up;
        run_round(warm_up, receiver, "", picture);
        for (int round = 0; round < options.rounds; ++round)
            run_round(figures, receiver, std::to_string(megabytes), picture);
    }
    figures.print();
}

} // namespace rekam::bench
