// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/gate/fake_broker.h"

#include "core/base/build.h"
#include "core/gate/identity.h"
#include "core/io/memfd.h"
#include "core/io/packet_socket.h"
#include "core/wire/codec.h"
#include "core/wire/job_results.h"
#include "core/wire/request.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

namespace rekam::gate::testing {
namespace {

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// Between fork and exec: only calls that a thread-rich parent allows.
[[noreturn]] void become_gate(int channel, int log, unsigned descriptors) {
    ::dup2(channel, 3);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    if (descriptors != 0) {
        const rlimit limit{.rlim_cur = descriptors, .rlim_max = descriptors};
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    ::execl(REKAM_GATE, REKAM_GATE, nullptr);
    ::_exit(127);
}

} // namespace

bool eventually(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
        if (done())
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return done();
}

int exit_code_without_channel() {
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::close(3);
        ::close(STDERR_FILENO);
        ::execl(REKAM_GATE, REKAM_GATE, nullptr);
        ::_exit(127);
    }
    int status = 0;
    return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int free_port() {
    const io::Fd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(probe.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("no port");
    return ntohs(address.sin_port);
}

FakeBroker::FakeBroker() : FakeBroker(Options{}) {}

FakeBroker::FakeBroker(const Options& options) : configure_(options.configure) {
    std::string pattern = std::filesystem::temp_directory_path() / "rekam-gate-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    config_.requests = folder_ + "/requests";
    config_.events = folder_ + "/events";
    config_.station = {"st-1", "Test", "UTC"};
    config_.station_epoch = 17;
    config_.gate_epoch = 3;
    if (options.tcp) {
        config_.tcp_requests = "tcp://127.0.0.1:" + std::to_string(free_port());
        config_.tcp_events = "tcp://127.0.0.1:" + std::to_string(free_port());
        config_.station_key = "the-key-of-this-station";
    }
    if (options.tweak)
        options.tweak(config_);
    auto [near, far] = io::make_socket_pair();
    channel_ = std::move(near);
    const io::Fd log(::open((folder_ + "/log").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600));
    pid_ = ::fork();
    if (pid_ == 0)
        become_gate(far.get(), log.get(), options.descriptors);
    thread_ = std::thread([this] { serve(); });
}

FakeBroker::~FakeBroker() {
    done_ = true;
    thread_.join();
    if (!exit_code_) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    if (::testing::Test::HasFailure())
        std::cerr << "the gate said:\n" << log();
    std::filesystem::remove_all(folder_);
}

bool FakeBroker::ready() {
    return eventually([this] { return log().find("listening") != std::string::npos || !alive(); }) && alive();
}

void FakeBroker::send(wire::Message message) {
    message.prefix.incarnation = static_cast<std::uint64_t>(config_.gate_epoch);
    const auto descriptors = message.descriptors;
    wire::Packer packer;
    packer.add(std::move(message));
    const std::scoped_lock lock(sending_);
    const auto packet = packer.front();
    eventually([&] {
        const auto status = io::send_packet(channel_.get(), packet.bytes, packet.descriptors);
        return status == io::SendStatus::sent || status == io::SendStatus::gone;
    });
    for (const auto descriptor : descriptors)
        ::close(descriptor);
}

void FakeBroker::event(const std::string& stream, std::int64_t seq, const std::string& data) {
    wire::Message message;
    message.prefix.type = wire::Type::gate_event;
    message.json = data;
    message.tail = wire::encode(wire::EventHead{stream, seq});
    send(std::move(message));
}

void FakeBroker::serve() {
    while (!done_) {
        pollfd wait{channel_.get(), POLLIN, 0};
        if (::poll(&wait, 1, 20) <= 0)
            continue;
        auto received = io::receive_packet(channel_.get());
        if (received.status == io::ReceiveStatus::ended || received.status == io::ReceiveStatus::broken)
            return;
        if (received.status != io::ReceiveStatus::packet)
            continue;
        const auto messages = wire::unpack(received.bytes, {});
        ASSERT_TRUE(messages) << messages.error().message;
        for (const auto& message : *messages)
            handle(message);
    }
}

void FakeBroker::handle(const wire::Message& message) {
    if (message.prefix.type == wire::Type::gate_hello && configure_) {
        EXPECT_EQ(wire::decode<wire::ChildHello>(message.json)->build, build_id());
        wire::Message config;
        config.prefix.type = wire::Type::gate_config;
        config.json = wire::encode(config_);
        send(std::move(config));
    } else if (message.prefix.type == wire::Type::gate_request) {
        ++requests_seen_;
        answer(message);
    } else if (message.prefix.type == wire::Type::gate_counters) {
        const std::scoped_lock lock(counting_);
        counters_ = *wire::decode<wire::GateCounters>(message.json);
    }
}

void FakeBroker::answer(const wire::Message& request) {
    const auto read = wire::read_request(request.json);
    ASSERT_TRUE(read) << "the gate let this pass: " << request.json;
    if (read->op == wire::Op::hello) {
        const auto principal = wire::decode<wire::Principal>(request.tail);
        ASSERT_TRUE(principal);
        std::string token = std::to_string(++sessions_);
        token.insert(0, 32 - token.size(), '0');
        reply(request, R"({"session":")" + token + "\"}",
              wire::encode(wire::SessionGrant{
                  sessions_, token, principal_name(*principal), {model::Role::station, model::Role::technician}}));
    } else if (read->op == wire::Op::frame_get) {
        answer_frame(request);
    } else if (read->op == wire::Op::lease_acquire) {
        for (int i = 0; i < 3; ++i) {
            wire::Message progress;
            progress.prefix.type = wire::Type::gate_progress;
            progress.prefix.request = request.prefix.request;
            progress.json = R"({"position":)" + std::to_string(i) + "}";
            send(std::move(progress));
        }
        reply(request, "{}");
    } else if (read->op != wire::Op::job_get) { // whoever asks for a job waits for ever
        reply(request, R"({"session":)" + std::to_string(request.prefix.session) + "}");
    }
}

/// `length` bytes from `offset` of a file in which each byte tells where it stands.
void FakeBroker::answer_frame(const wire::Message& request) {
    const auto read = wire::read_request(request.json);
    const auto& params = std::get<wire::FrameGetParams>(read->params);
    const std::int64_t offset = params.offset ? params.offset->value : 0,
                       length = params.length ? params.length->value : 16;
    io::Fd memfd = io::create_memfd("test");
    std::string bytes;
    for (std::int64_t i = 0; i < offset + length; ++i)
        bytes += static_cast<char>(i * 7 + i / 256);
    io::write_memfd(memfd.get(), bytes);
    io::seal_memfd(memfd.get());
    if (params.wants_ticket())
        reply(request, wire::encode(wire::FrameTicket{params.frame, offset + length, "sha256:00"}),
              wire::encode(wire::Parts{{{0, offset + length}}}), {memfd.release()}, wire::flag_ticket);
    else
        reply(request, "{}", wire::encode(wire::Parts{{{offset, length}}}), {memfd.release()});
}

void FakeBroker::reply(const wire::Message& request, std::string json, std::string tail,
                       std::vector<wire::Descriptor> descriptors, std::uint16_t flags) {
    wire::Message message;
    message.prefix.type = wire::Type::gate_reply;
    message.prefix.flags = flags;
    message.prefix.request = request.prefix.request;
    message.json = std::move(json);
    message.tail = std::move(tail);
    message.descriptors = std::move(descriptors);
    send(std::move(message));
}

void FakeBroker::die() {
    done_ = true;
    thread_.join();
    thread_ = std::thread([] {});
    channel_.reset();
}

int FakeBroker::exit_code() {
    eventually([this] { return !alive(); });
    return exit_code_.value_or(-1);
}

bool FakeBroker::alive() {
    int status = 0;
    if (!exit_code_ && ::waitpid(pid_, &status, WNOHANG) == pid_)
        exit_code_ = WIFSIGNALED(status) ? 1'000 + WTERMSIG(status) : WEXITSTATUS(status);
    return !exit_code_;
}

wire::GateCounters FakeBroker::counters() {
    const std::scoped_lock lock(counting_);
    return counters_;
}

std::string FakeBroker::log() const { return read_file(folder_ + "/log"); }

std::int64_t FakeBroker::memory_kb() const {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 0;
#endif
    const auto status = read_file("/proc/" + std::to_string(pid_) + "/status");
    const auto at = status.find("VmHWM:");
    return at == std::string::npos ? -1 : std::stoll(status.substr(at + 6));
}

std::size_t FakeBroker::descriptors() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& one :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/fd"))
        ++count;
    return count;
}

} // namespace rekam::gate::testing
