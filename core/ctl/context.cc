// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/context.h"

#include "core/ctl/table.h"

#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

namespace rekam::ctl {
namespace {

constexpr Milliseconds connect_timeout{3'000};
constexpr int signal_exit_base = 128;

sigset_t stop_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

bool wants_colour() {
    const char* term = std::getenv("TERM");
    return isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr && term != nullptr &&
           std::string_view(term) != "dumb";
}

/// The error as the station sent it; of one that the client made, what there is.
std::string error_json(const ErrorBody& error) {
    if (!error.json.empty())
        return error.json;
    return boost::json::serialize(boost::json::object{{"code", error.code},
                                                      {"class", error.error_class},
                                                      {"retry", error.retry},
                                                      {"effect", error.effect},
                                                      {"message", error.message}});
}

} // namespace

struct Interrupt::Shared {
    std::mutex mutex;
    std::function<void()> stop;
    int came = 0;
};

Interrupt::Interrupt() : shared_(std::make_shared<Shared>()) {
    const sigset_t set = stop_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::thread([shared = shared_, set] {
        for (;;) {
            int signal = 0;
            if (sigwait(&set, &signal) != 0)
                continue;
            const std::lock_guard lock(shared->mutex);
            if (shared->came != 0 || !shared->stop)
                std::_Exit(signal_exit_base + signal);
            shared->came = signal;
            shared->stop();
        }
    }).detach();
}

void Interrupt::on_signal(std::function<void()> stop) {
    const std::lock_guard lock(shared_->mutex);
    shared_->stop = std::move(stop);
}

int Interrupt::came() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->came;
}

Context::Context(const Options& options, Interrupt& interrupt)
    : options_(options), interrupt_(interrupt), colour_(wants_colour()),
      progress_wanted_(isatty(STDERR_FILENO) != 0 && !options.json) {}

Station& Context::station() {
    if (!station_) {
        ConnectOptions connect;
        connect.client = "rekamctl " REKAM_VERSION;
        connect.operator_name = options_.operator_name;
        connect.station = options_.station;
        connect.timeout = connect_timeout;
        station_ = std::make_unique<Station>(rekam::connect(connect));
    }
    return *station_;
}

std::string Context::person(const std::string& given) const {
    if (!given.empty() || !options_.operator_name.empty())
        return given.empty() ? options_.operator_name : given;
    std::array<char, 4'096> text{};
    passwd entry{};
    passwd* found = nullptr;
    const bool known = ::getpwuid_r(::getuid(), &entry, text.data(), text.size(), &found) == 0 && found != nullptr;
    return known ? found->pw_name : "uid:" + std::to_string(::getuid());
}

const Hints& Context::hints() {
    if (!hints_)
        hints_.emplace(hint_directories(), language_of(options_.lang));
    return *hints_;
}

void Context::print(std::string_view text) const {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void Context::progress(const std::string& line) {
    if (!progress_wanted_)
        return;
    progress_shown_ = true;
    std::fprintf(stderr, "\r\x1b[K%s", printable(line).c_str());
    std::fflush(stderr);
}

void Context::end_progress() {
    if (std::exchange(progress_shown_, false))
        std::fputs("\r\x1b[K", stderr);
}

void print_error(const ErrorBody& error, bool json, const Hints& hints) {
    const Error whole(error);
    std::fprintf(stderr, "rekamctl: %s\n", printable(whole.what()).c_str());
    if (!error.hint.empty())
        std::fprintf(stderr, "  hint: %s\n", printable(error.hint).c_str());
    if (const auto text = hints.text(error.hint, error.code, reader_of(error.error_class)); text && !error.local)
        std::fprintf(stderr, "  text: %s\n", printable(*text).c_str());
    std::fprintf(stderr, "  next: %s\n", next_step(error).c_str());
    if (json)
        std::printf("{\"error\":%s}\n", error_json(error).c_str());
}

void usage(const std::string& message) {
    ErrorBody error;
    error.code = "bad-request";
    error.error_class = "caller";
    error.retry = "never";
    error.effect = "none";
    error.message = message;
    error.local = true;
    throw Error(error);
}

std::string json_list(std::string_view name, const std::vector<std::string>& records) {
    std::string out = json_text(name) + ":[";
    for (std::size_t i = 0; i < records.size(); ++i)
        out += (i == 0 ? "" : ",") + records[i];
    return out + "]";
}

std::string json_text(std::string_view text) { return boost::json::serialize(boost::json::string(text)); }

} // namespace rekam::ctl
