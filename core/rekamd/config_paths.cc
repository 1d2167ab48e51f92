// SPDX-License-Identifier: Apache-2.0
// Where a station keeps its things when nobody says, and what a reload may change.
#include "core/rekamd/config_rights.h"

#include <cstdlib>
#include <stdexcept>

#include <sys/un.h>
#include <unistd.h>

namespace rekam::rekamd {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

/// Root's station is the machine's; anybody else's is their own.
std::string default_runtime() {
    if (::geteuid() == 0)
        return "/run/rekam";
    if (const std::string user = variable("XDG_RUNTIME_DIR"); user.starts_with('/'))
        return user + "/rekam";
    throw std::runtime_error("no runtime directory: XDG_RUNTIME_DIR is not set. Name one with --runtime DIR");
}

std::string default_state() {
    if (::geteuid() == 0)
        return "/var/lib/rekam";
    if (const std::string user = variable("XDG_STATE_HOME"); user.starts_with('/'))
        return user + "/rekam";
    if (const std::string home = variable("HOME"); home.starts_with('/'))
        return home + "/.local/state/rekam";
    throw std::runtime_error("no state directory: HOME is not set. Name one with --state DIR");
}

/// Plugins beside a build's executables (bin/, plugins/), else where they are installed (bin/, lib/rekam/plugins/).
std::string default_plugins(const fs::path& executables) {
    std::error_code error;
    const fs::path built = executables.parent_path() / "plugins";
    return fs::is_directory(built, error) ? built.string() : (executables.parent_path() / "lib/rekam/plugins").string();
}

void choose(std::string& field, const std::string& chosen) {
    if (!chosen.empty())
        field = fs::absolute(chosen).lexically_normal().string();
}

} // namespace

void resolve_paths(Config& config, const Paths& chosen) {
    Paths& paths = config.paths;
    choose(paths.runtime, chosen.runtime);
    choose(paths.state, chosen.state);
    choose(paths.plugins, chosen.plugins);
    choose(paths.gate, chosen.gate);
    choose(paths.host, chosen.host);
    const fs::path executables = fs::read_symlink("/proc/self/exe").parent_path();
    if (paths.runtime.empty())
        paths.runtime = default_runtime();
    if (paths.state.empty())
        paths.state = default_state();
    if (paths.plugins.empty())
        paths.plugins = default_plugins(executables);
    if (paths.gate.empty())
        paths.gate = (executables / "rekam-gate").string();
    if (paths.host.empty())
        paths.host = (executables / "rekam-host").string();

    auto& endpoints = config.broker.endpoints;
    endpoints.requests = paths.runtime + "/requests";
    endpoints.events = paths.runtime + "/events";
    endpoints.data = paths.runtime + "/data";
    if (endpoints.requests.size() >= sizeof(sockaddr_un::sun_path))
        throw std::runtime_error("the runtime directory's path is too long for a socket in it: " + paths.runtime);
    if (!config.tcp) {
        endpoints.tcp_requests.reset();
        endpoints.tcp_events.reset();
    }
    for (auto& plugin : config.broker.plugins)
        plugin.path = (fs::path(paths.plugins) / plugin.path).lexically_normal().string();
}

std::vector<std::string> keep_until_restart(Config& fresh, const Config& running) {
    std::vector<std::string> kept;
    const auto keep = [&](auto& field, const auto& old, const char* name) {
        if (field == old)
            return;
        field = old;
        kept.emplace_back(name);
    };
    keep(fresh.paths.runtime, running.paths.runtime, "paths.runtime");
    keep(fresh.paths.state, running.paths.state, "paths.state");
    keep(fresh.paths.gate, running.paths.gate, "paths.gate");
    keep(fresh.paths.host, running.paths.host, "paths.host");
    keep(fresh.head_every, running.head_every, "journal.head_every");
    keep(fresh.rows_kept, running.rows_kept, "journal.rows_kept");
    keep(fresh.files_kept_bytes, running.files_kept_bytes, "journal.files_kept_bytes");
    keep(fresh.reserve_kib, running.reserve_kib, "store.reserve_kib");
    keep(fresh.tcp, running.tcp, "tcp.enabled");
    keep(fresh.broker.endpoints.tcp_requests, running.broker.endpoints.tcp_requests, "tcp.requests");
    keep(fresh.broker.endpoints.tcp_events, running.broker.endpoints.tcp_events, "tcp.events");
    fresh.broker.endpoints = running.broker.endpoints;
    return kept;
}

std::string summary(const Config& config) {
    std::string text = "station \"" + config.broker.station_name + "\", zone " + config.broker.zone + "\n";
    text += "runtime " + config.paths.runtime + ", state " + config.paths.state + "\n";
    const auto& endpoints = config.broker.endpoints;
    text +=
        "tcp " + (config.tcp ? *endpoints.tcp_requests + " and " + *endpoints.tcp_events : std::string("off")) + "\n";
    text += describe_rights(config);
    for (const auto& slot : config.broker.slots)
        text += "slot " + slot.name + ": " + std::string(model::name(slot.function)) + " of " + slot.device +
                (slot.desk ? ", desk " + *slot.desk : "") + "\n";
    for (const auto& plugin : config.broker.plugins)
        text += "plugin " + plugin.name + ": " + plugin.path + "\n";
    return text;
}

} // namespace rekam::rekamd
