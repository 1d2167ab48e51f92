// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/reactor.h"

#include "core/base/build.h"
#include "core/io/process_tree.h"
#include "core/rekamd/leftovers.h"
#include "core/rekamd/log.h"
#include "core/rekamd/notify.h"
#include "core/rekamd/places.h"

#include <csignal>
#include <cstring>

#include <sys/signalfd.h>
#include <sys/timerfd.h>

namespace rekam::rekamd {
namespace {

using boost::system::error_code;
using namespace std::chrono_literals;

/// The broker's own time to end everything is shorter; this only bounds what can go wrong with it.
constexpr auto stop_limit = 2'700ms;
/// While stopping, a process that does not die of a kill is not waited for as long as otherwise.
constexpr auto kill_limit_at_stop = 200ms;
constexpr auto power_interval = 10s;
/// For the last records to reach the disk, when everything else has ended.
constexpr auto flush_limit = 1s;

/// Defences that later versions bring; `hello` says that they are not on.
const std::vector<std::string> sandbox_missing{"landlock", "seccomp", "uid", "cgroup", "signed-plugins"};

/// Descriptors of a message that nobody will take any more.
void drop(broker::Event& event) {
    if (auto* message = std::get_if<broker::ChildMessage>(&event))
        for (const auto descriptor : message->message.descriptors)
            ::close(descriptor);
}

std::vector<broker::Record> records_of_broker(StoreFile& file) {
    auto records = file.load();
    std::erase_if(records, [](const auto& record) { return record.kind == station_kind; });
    return records;
}

} // namespace

Reactor::Reactor(Options options, Config config, std::unique_ptr<StoreFile> file, Standing standing,
                 std::string journal_key)
    : options_(std::move(options)), config_(std::move(config)), standing_(std::move(standing)),
      journal_key_(std::move(journal_key)), file_(std::move(file)) {}

int Reactor::run() {
    begin();
    while (!exit_code_)
        loop_.run_one();
    children_.reset();
    ports_.reset();
    machine_.reset();
    desk_.reset();
    if (!store_->stop(flush_limit)) {
        log(broker::Level::error, "store", "the disk does not answer: the last records are not written");
        ::_exit(1); // the store's thread is stuck in the kernel, so an orderly end would wait for ever
    }
    return *exit_code_;
}

void Reactor::begin() {
    listen_to_signals();
    listen_to_clock_jumps();
    feed_watchdog();
    watch_config();
    const auto mark = io::station_mark(standing_.station_id);
    const auto kill_limit = std::chrono::milliseconds(config_.kill_ms_max);
    end_leftovers(mark, kill_limit);
    children_ =
        std::make_unique<Children>(loop_, Programs{.gate = config_.paths.gate, .host = config_.paths.host}, kill_limit,
                                   mark, [this](broker::Event event) { happened(std::move(event)); });
    broker::Restored restored{.station_id = standing_.station_id,
                              .boot = io::boot_id(),
                              .build = std::string(build_id()),
                              .station_epoch = standing_.epoch,
                              .sandbox_missing = sandbox_missing,
                              .config = config_.broker,
                              .records = records_of_broker(*file_)};
    ports_ = std::make_unique<Ports>(
        loop_, [this](broker::PortReset event) { happened(std::move(event)); }, act_on_port);
    machine_ = std::make_unique<Machine>(loop_, [this](broker::Probed event) { happened(std::move(event)); });
    desk_ = std::make_unique<JournalDesk>(loop_, file_->path(), journal_key_,
                                          [this](broker::JournalAnswered answer) { happened(std::move(answer)); });
    store_ = std::make_unique<Store>(loop_, std::move(file_), store_handlers());
    log(broker::Level::info, "station",
        "rekamd " + std::string(build_id()) + ", station " + standing_.station_id + ", epoch " +
            std::to_string(standing_.epoch) + ", runtime " + config_.paths.runtime);
    happened(std::move(restored));
    watch_power();
    watch_bus();
}

// --- Events in, effects out
// ---------------------------------------------------------------------------------------------

void Reactor::happened(broker::Event event) {
    events_.push_back(std::move(event));
    if (!working_)
        work();
}

void Reactor::work() {
    working_ = true;
    while (!events_.empty()) {
        broker::Event event = std::move(events_.front());
        events_.pop_front();
        if (exit_code_) {
            drop(event);
            continue;
        }
        auto effects = broker_.step(clock_.now(), std::move(event));
        for (auto& effect : effects)
            std::visit([this](auto& wanted) { carry_out(wanted); }, effect);
    }
    working_ = false;
    keep_time();
}

void Reactor::keep_time() {
    const std::int64_t due_us = broker_.next_deadline_us();
    if (due_us >=
        armed_us_) // a tick that comes early finds nothing to do; a system call for every step would cost more
        return;
    armed_us_ = due_us;
    // steady_clock is CLOCK_MONOTONIC, as Now::mono_us.
    deadline_.expires_at(std::chrono::steady_clock::time_point(std::chrono::microseconds(due_us)));
    deadline_.async_wait([this](const error_code& error) {
        if (!error)
            tick();
    });
}

void Reactor::tick() {
    armed_us_ = never_us;
    happened(broker::Tick{});
}

void Reactor::carry_out(const broker::CloseDescriptor& effect) { ::close(effect.descriptor); }

void Reactor::carry_out(broker::AskJournal& effect) {
    if (std::holds_alternative<wire::JournalHeadParams>(effect.what))
        store_->sign(effect.token);
    else if (auto* erase = std::get_if<broker::EraseCase>(&effect.what))
        store_->erase(effect.token, std::move(*erase));
    else if (std::holds_alternative<broker::DailyReport>(effect.what)) {
        store_->sign(effect.token); // and then the desk is asked
        reports_.emplace(effect.token, std::move(effect));
    } else
        desk_->ask(std::move(effect));
}

void Reactor::carry_out(const broker::Log& effect) { log(effect.level, effect.subject, effect.message); }

void Reactor::carry_out(const broker::Status& effect) { notify_ready(effect.text); }

void Reactor::carry_out(const broker::Exit& effect) { exit_code_ = effect.code; }

Store::Handlers Reactor::store_handlers() {
    return {.durable =
                [this](broker::StoreToken token, bool on_reserve) {
                    happened(broker::Durable{token, on_reserve});
                },
            .append_failed =
                [this](broker::StoreToken token, bool full, const std::string& reason) {
                    happened(broker::AppendFailed{token, full, reason});
                },
            .found =
                [this](broker::StoreToken token, std::optional<std::string> body) {
                    happened(broker::Found{token, std::move(body)});
                },
            .signed_head =
                [this](broker::StoreToken token, const std::optional<journal::SignedHead>& head) {
                    if (auto report = reports_.extract(token); report)
                        desk_->ask(std::move(report.mapped()), head);
                    else
                        happened(desk_->head(token, head));
                },
            .erased = [this](broker::JournalAnswered answered) { happened(std::move(answered)); },
            .read_failed = [](const std::string& reason) { log(broker::Level::error, "store", reason); }};
}

// --- The machine around
// ---------------------------------------------------------------------------------------------------

/// Not by asio's own set of signals: it does not say when it could not be made, and then the station is deaf, or its
/// only thread waits in a read.
void Reactor::listen_to_signals() {
    sigset_t ours;
    ::sigemptyset(&ours);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        ::sigaddset(&ours, signal);
    ::pthread_sigmask(SIG_BLOCK, &ours, nullptr); // before there is another thread; a child gets none of it
    signals_.assign(::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));
    await_signal();
}

void Reactor::await_signal() {
    signals_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
        if (error == boost::asio::error::operation_aborted)
            return;
        if (error) // better an end that says why than a station that nobody can stop
            throw std::system_error(error, "wait for signals");
        signalfd_siginfo info{};
        while (::read(signals_.native_handle(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
            if (info.ssi_signo == SIGHUP)
                reload();
            else
                stop();
        }
        await_signal();
    });
}

/// The kernel cancels this timer when the wall clock jumps and when the machine wakes from suspend. Leases went on
/// meanwhile, while the timer of keep_time() stood still.
void Reactor::listen_to_clock_jumps() {
    if (!clock_jumps_.is_open())
        clock_jumps_.assign(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
    itimerspec never{};
    never.it_value.tv_sec = INT32_MAX;
    ::timerfd_settime(clock_jumps_.native_handle(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr);
    clock_jumps_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
        if (error)
            return;
        std::uint64_t expirations = 0;
        static_cast<void>(!::read(clock_jumps_.native_handle(), &expirations, sizeof expirations)); // ECANCELED
        listen_to_clock_jumps();
        happened(broker::Tick{});
    });
}

/// The kernel does not tell of a battery that gets empty; only where the configuration asks, somebody looks.
void Reactor::watch_power() {
    const bool wanted = config_.broker.drain_below_percent > 0;
    if (wanted || power_told_) { // once more after it was switched off, so that the broker forgets it
        const auto power = power_.read();
        happened(broker::PowerSeen{power.on_battery, power.percent});
    }
    power_told_ = wanted;
    power_timer_.expires_after(power_interval);
    power_timer_.async_wait([this](const error_code& error) {
        if (!error)
            watch_power();
    });
}

void Reactor::feed_watchdog() {
    const auto interval = watchdog_interval();
    if (!interval)
        return;
    notify_alive();
    watchdog_.expires_after(*interval);
    watchdog_.async_wait([this](const error_code& error) {
        if (!error)
            feed_watchdog();
    });
}

void Reactor::watch_config() {
    try {
        config_watch_ = std::make_unique<ConfigWatch>(loop_, options_.config, [this] { reload(); });
    } catch (const std::runtime_error& error) { // the system's, or Asio's
        log(broker::Level::warning, "configuration",
            std::string("changes are noticed on SIGHUP only: ") + error.what());
    }
}

void Reactor::watch_bus() {
    hotplug_ = std::make_unique<Hotplug>(loop_, [this](broker::BusChanged news) { happened(std::move(news)); });
    happened(hotplug_->state());
}

void Reactor::reload() {
    if (stopping_)
        return;
    notify_reloading();
    Loaded loaded = load_config(options_.config);
    if (loaded.config) {
        try {
            resolve_paths(*loaded.config, options_.paths);
        } catch (const std::runtime_error& error) {
            loaded.problems.push_back({"rekamd.toml", 0, 0, error.what()});
        }
    }
    if (loaded.problems.empty())
        take_over(std::move(*loaded.config));
    else
        refuse(loaded.problems);
    notify_reloaded();
}

void Reactor::take_over(Config fresh) {
    for (const auto& key : keep_until_restart(fresh, config_))
        log(broker::Level::warning, "configuration", key + " changes when rekamd is started again");
    config_ = std::move(fresh);
    set_log_level(config_.log_level);
    children_->set_kill_limit(std::chrono::milliseconds(config_.kill_ms_max));
    happened(broker::ConfigLoaded{config_.broker});
}

void Reactor::refuse(const std::vector<Problem>& problems) {
    for (const auto& problem : problems)
        log(broker::Level::error, "configuration", problem.describe());
    happened(broker::ConfigRefused{problems.front().describe()});
}

void Reactor::stop() {
    if (std::exchange(stopping_, true))
        return;
    notify_stopping();
    children_->set_kill_limit(kill_limit_at_stop);
    bound_stop();
    happened(broker::Stop{});
}

void Reactor::bound_stop() {
    stop_limit_.expires_after(stop_limit);
    stop_limit_.async_wait([this](const error_code& error) {
        if (error || exit_code_)
            return;
        const bool card = broker_.finishes_card();
        if (std::exchange(waited_for_card_, card) || card) // and after the card there is the rest to end
            return bound_stop();
        log(broker::Level::error, "station", "the end took too long: every child is killed");
        exit_code_ = 1;
    });
}

} // namespace rekam::rekamd
