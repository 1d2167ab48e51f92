// SPDX-License-Identifier: Apache-2.0
// Previews: live pictures of a leased slot, the newest wins. At most one per device, and at most one picture of each
// under way to the gate.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

// --- requests ---
void preview_start(Step& step, const Asked& asked);
void preview_stop(Step& step, const Asked& asked);

// --- ways to end: the request is answered at once, the host is told to stop ---
void end_previews_of_lease(Step& step, LeaseNo lease, model::EndCause cause);
void end_previews_of_slot(Step& step, const std::string& slot, model::EndCause cause);
void end_all_previews(Step& step, model::EndCause cause);
void preview_deadline(Step& step, PreviewNo no);

// --- devices and hosts ---
/// Whether the host was given this preview and has not ended it: else it has nothing to say of it. Its messages come in
/// order, so nothing can race with its own last word.
bool is_under_way(const Device& device, const wire::Prefix& prefix);
/// The preview that a host's message is about; nullptr where it has ended.
Preview* preview_of(State& s, const Device& device, const wire::Prefix& prefix);
/// Gives the device the preview that waits for it, if it can take one.
void offer_preview(Step& step, Device& device);
/// The device is not open any more.
void previews_died(Step& step, Device& device, const model::Error& error);
/// Messages of a host. An error means that the host broke the grammar: it is killed.
std::optional<model::Error> preview_view(Step& step, Device& device, const ChildMessage& received);
std::optional<model::Error> preview_over(Step& step, Device& device, const wire::Message& message);

// --- the gate ---
/// It has taken the picture of this request: the next one may go. There may be room for others too.
void preview_taken(Step& step, std::uint64_t request);

} // namespace rekam::broker
