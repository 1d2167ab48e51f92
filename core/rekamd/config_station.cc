// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/config_station.h"

#include "core/rekamd/config_rights.h"
#include "core/wire/types.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

namespace rekam::rekamd {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t mib = 1 << 20;
constexpr std::int64_t gib = 1 << 30;

struct Figure {
    std::string_view key;
    std::int64_t* field;
    std::int64_t min, max;
};

void read_figures(Table table, std::initializer_list<Figure> figures) {
    for (const auto& figure : figures)
        table.integer(figure.key, *figure.field, figure.min, figure.max);
    table.refuse_others();
}

void read_limits(Table table, wire::Limits& limits, broker::Quotas& quotas) {
    read_figures(std::move(table), {
                                       {"header_bytes", &limits.header_bytes, 4'096, 65'536},
                                       {"parts", &limits.parts, 1, 16},
                                       {"part_bytes", &limits.part_bytes, mib, gib},
                                       {"message_bytes", &limits.message_bytes, mib, gib},
                                       {"open_requests", &limits.open_requests, 1, 1'024},
                                       {"connections", &limits.connections, 1, 65'536},
                                       {"sessions", &limits.sessions, 1, 65'536},
                                       {"unread_frame_bytes", &limits.unread_frame_bytes, mib, 64 * gib},
                                       {"attach_bytes", &limits.attach_bytes, 0, 64 * mib},
                                       {"list_items", &limits.list_items, 1, 100},
                                       {"session_idle_ms", &quotas.session_idle_ms, 1'000, 30 * day_ms},
                                       {"session_yield_ms", &quotas.session_yield_ms, 1'000, 30 * day_ms},
                                       {"frame_ttl_ms", &quotas.frame_ttl_ms, 1'000, day_ms},
                                       {"idem_horizon_ms", &quotas.idem_horizon_ms, 60'000, 366 * day_ms},
                                       {"idem_entries", &quotas.idem_entries, 100, 10'000'000},
                                       {"jobs_per_device", &quotas.jobs_per_device, 1, 256},
                                       {"lease_waiters", &quotas.lease_waiters, 0, 4'096},
                                       {"jobs_kept", &quotas.jobs_kept, 16, 1'000'000},
                                       {"cases_open", &quotas.cases_open, 1, 65'536},
                                       {"captures_per_case", &quotas.captures_per_case, 1, 128},
                                       {"cards_per_case", &quotas.cards_per_case, 1, 128},
                                       {"frames_per_job", &quotas.frames_per_job, 1, 64},
                                   });
}

void read_supervision(Table table, broker::Supervision& figures, std::int64_t& kill_ms_max) {
    read_figures(std::move(table), {
                                       {"backoff_min_ms", &figures.backoff_min_ms, 1, 60'000},
                                       {"backoff_max_ms", &figures.backoff_max_ms, 1, 3'600'000},
                                       {"gate_backoff_max_ms", &figures.gate_backoff_max_ms, 1, 1'000},
                                       {"reset_after_ms", &figures.reset_after_ms, 1, day_ms},
                                       {"quarantine_failures", &figures.quarantine_failures, 1, 1'000},
                                       {"quarantine_window_ms", &figures.quarantine_window_ms, 1, day_ms},
                                       {"start_ms_max", &figures.start_ms_max, 100, 600'000},
                                       {"ping_interval_ms", &figures.ping_interval_ms, 50, 60'000},
                                       {"ping_ms_max", &figures.ping_ms_max, 50, 600'000},
                                       {"interrupt_ms_max", &figures.interrupt_ms_max, 100, 60'000},
                                       {"print_ms_max", &figures.print_ms_max, 1'000, 3'600'000},
                                       {"card_ms_max", &figures.card_ms_max, 100, 600'000},
                                       {"enumerate_ms_max", &figures.enumerate_ms_max, 100, 600'000},
                                       {"enumerate_every_ms", &figures.enumerate_every_ms, 0, day_ms},
                                       {"self_check_every_ms", &figures.self_check_every_ms, 0, day_ms},
                                       {"self_check_agree", &figures.self_check_agree, 1, 100},
                                       {"hotplug_settle_ms", &figures.hotplug_settle_ms, 0, 60'000},
                                       {"hotplug_poll_ms", &figures.hotplug_poll_ms, 0, day_ms},
                                       {"flap_removals", &figures.flap_removals, 2, 1'000},
                                       {"flap_window_ms", &figures.flap_window_ms, 1'000, day_ms},
                                       {"fallback_after_ms", &figures.fallback_after_ms, 0, day_ms},
                                       {"stop_ms_max", &figures.stop_ms_max, 100, 2'000},
                                       {"store_gather_ms", &figures.store_gather_ms, 0, 100},
                                       {"kill_ms_max", &kill_ms_max, 100, 60'000},
                                   });
}

std::string check_label(const std::string& text) {
    return !text.empty() && text.size() <= 128 && wire::fits(wire::Charset::printable, text)
               ? ""
               : "must have 1 to 128 characters, none of them a control character";
}

std::string check_zone(const std::string& text) {
    const std::filesystem::path database = "/usr/share/zoneinfo";
    std::error_code error;
    const auto fits = [](char c) { return wire::fits(wire::Charset::identifier, {&c, 1}) || c == '/' || c == '+'; };
    const bool shaped = !text.empty() && text.size() <= 64 && text[0] != '/' && std::ranges::all_of(text, fits) &&
                        text.find("..") == std::string::npos;
    // Where the machine has no list of zones, any well-formed name is taken.
    const bool known = text == "UTC" || !std::filesystem::is_directory(database, error) ||
                       std::filesystem::is_regular_file(database / text, error);
    return shaped && known ? "" : "must be a zone of the IANA list, like Asia/Jakarta";
}

std::string check_path(const std::string& text) {
    return text.empty() || (text.starts_with('/') && wire::fits(wire::Charset::printable, text))
               ? ""
               : "must be an absolute path, or empty for the default";
}

/// "127.0.0.1:5570" or "[::1]:5570". Anything else would offer the station to the network.
std::string check_loopback(const std::string& text) {
    const auto colon = text.rfind(':');
    std::string wrong = "must be a loopback address with a port, like 127.0.0.1:5570: this version has no encryption "
                        "and no list of clients, so it does not listen on the network";
    if (colon == std::string::npos)
        return wrong;
    const std::string host = text.substr(0, colon);
    const std::string_view digits = std::string_view(text).substr(colon + 1);
    in_addr v4{};
    const bool loopback =
        host == "[::1]" || (::inet_pton(AF_INET, host.c_str(), &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127);
    int port = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const bool whole = failure == std::errc{} && end == digits.data() + digits.size();
    return loopback && whole && port >= 1 && port <= 65'535 ? "" : wrong;
}

/// Files in conf.d add names, or give others.
void read_ports(Table table, std::map<std::string, std::string>& ports) {
    const auto entries = table.entries([](const std::string& text) {
        return check_label(text).empty() ? ""
                                         : "is no path of a port: write it as device.get shows it, like \"usb:1-2.3\"";
    });
    for (const auto& [path, name] : entries) {
        if (const std::string wrong = check_label(name); !wrong.empty())
            table.problem(path, wrong);
        ports[path] = name;
    }
}

void read_tcp(Table table, Config& config) {
    table.boolean("enabled", config.tcp);
    auto& endpoints = config.broker.endpoints;
    const auto read = [&](std::string_view key, std::optional<std::string>& field, std::string_view usual) {
        std::string address(field ? std::string_view(*field).substr(6) : usual);
        table.text(key, address, check_loopback);
        field = "tcp://" + address;
    };
    read("requests", endpoints.tcp_requests, "127.0.0.1:5570");
    read("events", endpoints.tcp_events, "127.0.0.1:5571");
    table.refuse_others();
}

} // namespace

void read_station(Table root, Config& config) {
    Table station = root.table("station");
    station.text("name", config.broker.station_name, check_label);
    station.text("zone", config.broker.zone, check_zone);
    station.refuse_others();

    Table paths = root.table("paths");
    paths.text("runtime", config.paths.runtime, check_path);
    paths.text("state", config.paths.state, check_path);
    paths.text("plugins", config.paths.plugins, check_path);
    paths.text("gate", config.paths.gate, check_path);
    paths.text("host", config.paths.host, check_path);
    paths.refuse_others();

    static constexpr std::array<std::string_view, 4> levels{"debug", "info", "warning", "error"};
    Table log = root.table("log");
    log.word("level", config.log_level, levels);
    log.refuse_others();

    read_tcp(root.table("tcp"), config);
    if (Table rights = root.table("rights"); root.has("rights"))
        read_rights(std::move(rights), config);
    read_figures(root.table("journal"), {{"head_every", &config.head_every, 1, 100'000},
                                         {"rows_kept", &config.rows_kept, 1'000, 100'000'000},
                                         {"files_kept_bytes", &config.files_kept_bytes, mib, 1'024 * gib}});
    read_figures(root.table("store"), {{"reserve_kib", &config.reserve_kib, 0, 1'048'576}});
    read_limits(root.table("limits"), config.broker.limits, config.broker.quotas);
    read_ports(root.table("ports"), config.broker.ports);
    read_figures(root.table("power"), {{"drain_below_percent", &config.broker.drain_below_percent, 0, 90}});
    read_supervision(root.table("supervision"), config.broker.supervision, config.kill_ms_max);
    root.refuse_others();
}

void check_station(const Config& config, std::vector<Problem>& problems) {
    const auto& figures = config.broker.supervision;
    const auto& limits = config.broker.limits;
    const auto needs = [&](bool right, std::string text) {
        if (!right)
            problems.push_back({"rekamd.toml", 0, 0, std::move(text) + " (counting what conf.d changes)"});
    };
    needs(figures.backoff_min_ms <= figures.backoff_max_ms,
          "supervision.backoff_min_ms must not be larger than supervision.backoff_max_ms");
    needs(limits.part_bytes <= limits.message_bytes, "limits.part_bytes must not be larger than limits.message_bytes");
    needs(!config.tcp || config.broker.endpoints.tcp_requests != config.broker.endpoints.tcp_events,
          "tcp.requests and tcp.events must differ");
}

} // namespace rekam::rekamd
