// SPDX-License-Identifier: Apache-2.0 OR MIT
// The one exception of the client.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace rekam {

struct Holder {
    std::string client;
    std::string operator_name; // empty: none was given
};

// What an error says. Optional fields are empty when the station did not send them.
struct ErrorBody {
    std::string code;        // a word of the protocol's closed list, or with `local` one of the client's own:
                             // no-station (nobody answers), no-answer (sent, but its answer was never seen),
                             // bad-frame (bytes that do not match their record), bad-request
    std::string error_class; // caller operator technician vendor system
    std::string retry;       // now later after-fix never
    std::string effect;      // none done unknown: what has happened in the world
    std::string message;     // English, without personal data
    std::string hint;
    std::string slot;
    std::string device;
    std::string job;
    std::string path;
    std::string card_at; // of a print: where its card is
    std::optional<std::int64_t> vendor_code;
    std::optional<Holder> holder;
    std::optional<std::int64_t> remaining_ms;
    std::optional<std::int64_t> position;
    std::optional<std::int64_t> retry_ms;
    std::optional<std::int64_t> station_epoch;
    std::vector<std::int64_t> versions;
    std::string json;   // the error as it came
    std::string op;     // the operation that failed
    bool local = false; // the client itself found it
};

// A refusal or a failure. what() is "code: message [held by …]".
class Error : public std::runtime_error {
  public:
    explicit Error(ErrorBody body);

    const ErrorBody& body() const noexcept { return body_; }
    const std::string& code() const noexcept { return body_.code; }
    const std::string& message() const noexcept { return body_.message; }

  private:
    ErrorBody body_;
};

} // namespace rekam
