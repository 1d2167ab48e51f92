// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the station says, as plain structs. Each keeps the whole record as JSON text in `json`: fields that are not
// shown here are read from there. An empty string, vector or optional is a field that the station did not send.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <rekam/client_error.h>

namespace rekam {

using Bytes = std::vector<std::byte>;

// JSON text that is passed on as it is.
struct Json {
    std::string text;
    bool operator==(const Json&) const = default;
};

// A parameter of a capture: {"source", "feeder"}, {"dpi", 300}, {"area", Json{R"({"x_um":0,…})"}}.
using Value = std::variant<bool, std::int64_t, std::string, Json>;
using Parameters = std::map<std::string, Value>;

struct StationRecord {
    std::string id;
    std::string name;
    std::string zone;
    std::int64_t station_epoch = 0;
    std::string state;
    std::string json;
};

struct SlotRecord {
    std::string slot;
    std::string desk;
    std::string function;
    std::string device;
    std::string state;
    std::string admin;
    std::string reason;
    std::string lease_client;
    std::optional<std::int64_t> lease_remaining_ms;
    std::int64_t seq = 0;
    std::string json;
};

struct DeviceRecord {
    std::string device;
    std::string plugin;
    std::string make;
    std::string model;
    std::string serial;
    std::string physical; // where it is plugged in
    std::string port;     // what people call that place
    std::vector<std::string> functions;
    std::string state;
    bool open = false;
    std::vector<std::string> slots;
    std::optional<ErrorBody> error;
    std::int64_t seq = 0;
    std::string json;
};

struct PluginRecord {
    std::string plugin;
    std::string path;
    std::string name;
    std::string version;
    std::vector<std::string> functions;
    std::string state;
    std::int64_t devices = 0;
    std::optional<ErrorBody> error;
    std::int64_t seq = 0;
    std::string json;
};

struct CaseRecord {
    std::string case_id;
    std::string purpose;
    std::string state;
    std::string client;
    std::string operator_name;
    std::int64_t opened_utc_us = 0;
    std::size_t captures = 0;
    std::string json;
};

struct JobRecord {
    std::string job;
    std::string op;
    std::string slot;
    std::string case_id;
    std::string subject;
    std::string state;
    std::string effect;
    std::optional<std::int64_t> percent;
    std::size_t frames = 0;
    std::optional<ErrorBody> error;
    std::string json;
};

struct LeaseRecord {
    std::string lease;
    std::vector<std::string> slots;
    std::string client;
    std::string operator_name;
    std::int64_t remaining_ms = 0;
    bool mine = false;
    std::string json;
};

struct HealthCheck {
    std::string component;
    std::string state;
    std::string evidence;
    std::string who;
    std::string hint;
};

struct HealthRecord {
    std::string device;
    std::string slot;
    std::string level;
    std::string state;
    std::vector<HealthCheck> checks;
    std::int64_t took_ms = 0;
    std::string json;
};

// What a device has done since its last service visit.
struct StatisticsRecord {
    std::string device;
    std::int64_t since_utc_us = 0;
    std::string reset_by; // who serviced it then
    std::int64_t captures = 0, retakes = 0, prints = 0, cards = 0;
    std::int64_t busy_ms = 0, restarts = 0;
    std::map<std::string, std::int64_t> failures; // by error code
    std::string json;                             // with the history
};

// How a device shows which one it is: light, sound, motion, screen.
struct IdentifiedRecord {
    std::string slot;
    std::string device;
    std::vector<std::string> means;
    std::int64_t seconds = 0;
    std::string json;
};

struct FrameRecord {
    std::string frame;
    std::int64_t index = 0;
    std::string subject;
    std::optional<std::int64_t> page;
    std::string side;
    std::string format; // media type
    std::int64_t width_px = 0;
    std::int64_t height_px = 0;
    std::int64_t bytes = 0;
    std::string hash;
    std::string json;
};

} // namespace rekam
