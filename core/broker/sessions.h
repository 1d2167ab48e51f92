// SPDX-License-Identifier: Apache-2.0
// A client's standing: leases, jobs, frames and quotas belong to it. It outlives connections and gates.
#pragma once

#include "core/broker/step.h"

namespace rekam::broker {

/// A binary part of a request. The broker closes it unless a job takes it over (then it is -1 here).
struct Attached {
    wire::Descriptor descriptor = -1;
    std::int64_t bytes = 0;
    std::string hash;
};

/// One request on its way through the broker.
struct Asked {
    wire::Request request;
    ReplyTo reply_to;
    SessionNo session = 0;
    std::vector<Attached> attachments;
};

void hello(Step& step, const Asked& asked, const std::string& principal_json,
           const std::array<std::uint8_t, 16>& nonce);

/// Marks the session as alive. False: no such session.
bool seen(Step& step, SessionNo no);

/// The gate died: every session is detached until its client speaks again.
void detach_all(Step& step);

/// session_idle: ends the session if nothing of it is left, else looks again later.
void session_idle(Step& step, SessionNo no);

} // namespace rekam::broker
