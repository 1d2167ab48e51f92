// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/config_watch.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include <sys/inotify.h>
#include <unistd.h>

namespace rekam::rekamd {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::chrono::milliseconds settle{200};
constexpr std::uint32_t changes = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ATTRIB;
constexpr std::array<const char*, 2> folders{"conf.d", "plugins.d"};

int open_inotify() {
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor < 0)
        throw std::system_error(errno, std::generic_category(), "inotify");
    return descriptor;
}

/// Backup and swap files of editors are nobody's configuration.
bool matters(std::string_view name) {
    return (name.ends_with(".toml") && !name.starts_with('.')) || name == folders[0] || name == folders[1];
}

} // namespace

class ConfigWatch::Impl : public std::enable_shared_from_this<Impl> {
  public:
    Impl(asio::io_context& loop, std::filesystem::path directory, std::function<void()> changed)
        : directory_(std::move(directory)), changed_(std::move(changed)), inotify_(loop, open_inotify()), timer_(loop) {
        if (::inotify_add_watch(inotify_.native_handle(), directory_.c_str(), changes) < 0)
            throw std::system_error(errno, std::generic_category(), "watch " + directory_.string());
        watch_folders();
    }

    void wait() {
        inotify_.async_wait(asio::posix::stream_descriptor::wait_read,
                            [self = shared_from_this()](const error_code& error) {
                                if (error)
                                    return;
                                if (self->read_changes()) {
                                    self->watch_folders();
                                    self->settle_down();
                                }
                                self->wait();
                            });
    }

    void close() {
        changed_ = [] {};
        timer_.cancel();
        inotify_.close();
    }

  private:
    /// They may come and go; one that is watched already stays so.
    void watch_folders() {
        for (const char* folder : folders)
            ::inotify_add_watch(inotify_.native_handle(), (directory_ / folder).c_str(), changes | IN_ONLYDIR);
    }

    bool read_changes() {
        alignas(inotify_event) std::array<char, 4'096> bytes{};
        bool any = false;
        for (;;) {
            const ssize_t size = ::read(inotify_.native_handle(), bytes.data(), bytes.size());
            if (size <= 0)
                return any;
            for (ssize_t at = 0; at < size;) {
                const auto* event = reinterpret_cast<const inotify_event*>(bytes.data() + at);
                any |= (event->mask & IN_Q_OVERFLOW) != 0 || (event->len != 0 && matters(event->name));
                at += static_cast<ssize_t>(sizeof *event + event->len);
            }
        }
    }

    void settle_down() {
        timer_.expires_after(settle);
        timer_.async_wait([self = shared_from_this()](const error_code& error) {
            if (!error)
                self->changed_();
        });
    }

    std::filesystem::path directory_;
    std::function<void()> changed_;
    asio::posix::stream_descriptor inotify_;
    asio::steady_timer timer_;
};

ConfigWatch::ConfigWatch(asio::io_context& loop, std::filesystem::path directory, std::function<void()> changed)
    : impl_(std::make_shared<Impl>(loop, std::move(directory), std::move(changed))) {
    impl_->wait();
}
ConfigWatch::~ConfigWatch() { impl_->close(); }

} // namespace rekam::rekamd
