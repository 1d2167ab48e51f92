// SPDX-License-Identifier: Apache-2.0
// rekamd: the broker of a station, and all that an administrator starts.
#include "core/rekamd/log.h"
#include "core/rekamd/options.h"
#include "core/rekamd/places.h"
#include "core/rekamd/reactor.h"

#include <csignal>
#include <cstdio>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace rekam::rekamd {
namespace {

/// What we got from whoever started us is not trusted to be usual.
void prepare_process() {
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(standard, F_GETFD) < 0) // the next file opened would become our log
            static_cast<void>(::open("/dev/null", O_RDWR));
    ::syscall(SYS_close_range, 3U, ~0U, 0U);
    ::umask(077);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN); // a file at its limit is a failed write, not our death
    ::signal(SIGCHLD, SIG_DFL); // ignored, it would take the exit codes of our children away
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files); // unread frames are descriptors
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0}; // it would hold what clients sent
    ::setrlimit(RLIMIT_CORE, &no_core);
}

/// Nothing when there are problems; they have been told.
std::optional<Config> read_config(const std::string& directory, const Paths& chosen) {
    Loaded loaded = load_config(directory);
    if (loaded.config) {
        try {
            resolve_paths(*loaded.config, chosen);
            return std::move(loaded.config);
        } catch (const std::runtime_error& error) {
            loaded.problems.push_back({"rekamd.toml", 0, 0, error.what()});
        }
    }
    for (const auto& problem : loaded.problems)
        std::fprintf(stderr, "%s\n", problem.describe().c_str());
    return std::nullopt;
}

int check_config(const Options& options) {
    const auto config = read_config(options.check, options.paths);
    if (!config)
        return 1;
    std::fputs(summary(*config).c_str(), stdout);
    return 0;
}

int run_station(const Options& options) {
    auto config = read_config(options.config, options.paths);
    if (!config)
        return exit_config;
    open_log(options.foreground ? LogStyle::people : fitting_log_style());
    set_log_level(config->log_level);
    make_directory(config->paths.runtime, 0750);
    make_directory(config->paths.state, 0700);
    const io::Fd runtime_held = hold_directory(config->paths.runtime);
    const io::Fd state_held = hold_directory(config->paths.state);
    const std::string key = station_key(config->paths.runtime);
    if (config->tcp)
        config->broker.endpoints.station_key = key;
    auto file = std::make_unique<StoreFile>(config->paths.state, config->reserve_kib * 1024);
    const Standing standing = begin_epoch(*file);
    SigningKey journal_key(journal_seed(config->paths.state));
    const std::string public_key = journal_key.public_key();
    file->sign_with({std::move(journal_key), standing.station_id, config->head_every});
    file->keep_journal({config->rows_kept, config->files_kept_bytes});
    return Reactor(options, std::move(*config), std::move(file), standing, public_key).run();
}

} // namespace
} // namespace rekam::rekamd

int main(int argc, char** argv) {
    using namespace rekam::rekamd;
    int exit_code = 0;
    const auto options = parse_options(argc, argv, exit_code);
    if (!options)
        return exit_code;
    if (!options->check.empty())
        return check_config(*options);
    prepare_process();
    try {
        return run_station(*options);
    } catch (const HeldByAnother& other) {
        std::fprintf(stderr, "%s\n", other.what());
        return exit_unavailable;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "rekamd: %s\n", error.what());
        return exit_cannot_create;
    }
}
