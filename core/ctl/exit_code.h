// SPDX-License-Identifier: Apache-2.0
// What rekamctl ends with. One table; scripts may rely on it.
#pragma once

#include <rekam/client_error.h>

#include <string>
#include <string_view>

namespace rekam::ctl {

enum class Exit : int {
    ok = 0,
    failed = 1,
    nothing_to_do = 2,
    needs_person = 3,
    outcome_unknown = 4,
    denied_or_held = 5,
    usage = 64,
    no_station = 69,
    interrupted = 130,
};

/// The exit code of an error code; of one that is not in the table, by its class.
Exit exit_of(std::string_view code, std::string_view error_class);

/// Whatever the code: an effect that nobody knows is told first.
Exit exit_of(const ErrorBody& error);

/// One sentence: what to do next.
std::string next_step(const ErrorBody& error);

} // namespace rekam::ctl
