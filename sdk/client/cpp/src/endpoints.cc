// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "sdk/client/cpp/src/endpoints.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "sdk/client/cpp/src/request.h"

namespace rekam {
namespace {

constexpr std::size_t unix_path_max = 107; // sockaddr_un without its terminator: libzmq's own message helps nobody

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::string default_runtime() {
    std::error_code failed;
    if (std::filesystem::is_directory("/run/rekam", failed))
        return "/run/rekam";
    const std::string user = environment("XDG_RUNTIME_DIR");
    return user.empty() ? "/run/rekam" : user + "/rekam";
}

// Whoever may read the key file may speak TCP: so the client shows it without being asked.
std::string key_from_runtime() {
    std::ifstream file(default_runtime() + "/station.key");
    std::string key;
    std::getline(file, key);
    return key;
}

std::string trimmed(std::string text) {
    text.erase(0, text.find_first_not_of(" \t"));
    text.erase(text.find_last_not_of(" \t") + 1);
    return text;
}

[[noreturn]] void refuse(const std::string& message) {
    throw Error(local_error("bad-request", message, "hello", "caller", "after-fix"));
}

Endpoints tcp(const std::string& place, const std::string& station_key) {
    const auto comma = place.find(',');
    const std::string requests = trimmed(place.substr(0, comma));
    const std::string events = comma == std::string::npos ? "" : trimmed(place.substr(comma + 1));
    if (!events.starts_with("tcp://") || events.find(',') != std::string::npos) {
        refuse("'" + place +
               "' names no station: give a runtime directory, or two addresses (requests, events) such as "
               "tcp://127.0.0.1:5570,tcp://127.0.0.1:5571");
    }
    return {requests, events, station_key.empty() ? key_from_runtime() : station_key, place};
}

} // namespace

Endpoints find_station(const std::string& station, const std::string& station_key) {
    std::string place = station.empty() ? environment("REKAM_STATION") : station;
    if (place.empty())
        place = default_runtime();
    if (place.starts_with("tcp://"))
        return tcp(place, station_key);
    constexpr std::string_view ipc = "ipc://";
    if (place.starts_with(ipc))
        place.erase(0, ipc.size());
    place = std::filesystem::absolute(place).lexically_normal().string();
    if (place.size() > 1 && place.ends_with('/'))
        place.pop_back();
    if (place.size() + std::string_view("/requests").size() > unix_path_max) {
        refuse("the runtime directory '" + place + "' is too long for a Unix socket (" + std::to_string(unix_path_max) +
               " bytes with the socket's name): use a shorter one");
    }
    return {"ipc://" + place + "/requests", "ipc://" + place + "/events", station_key, place};
}

} // namespace rekam
