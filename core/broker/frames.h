// SPDX-License-Identifier: Apache-2.0
// Unread results: sealed descriptors that the broker keeps for their session, under quota and for a limited time.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

/// Takes over a descriptor. False: the session's quota is full; the descriptor is closed.
bool keep_frame(Step& step, Job& job, wire::Frame record, wire::Descriptor descriptor);

/// A frame of the session by its id; nullptr where there is none.
const Frame* frame_of(const State& s, SessionNo session, const std::string& id);
void drop_frame(Step& step, FrameNo no);
void drop_frames_of_job(Step& step, const Job& job);
void drop_frames_of_session(Step& step, SessionNo no);
/// A closed case keeps only the frames that were named; the rest is released.
void drop_frames_of_case(Step& step, const std::string& case_id, const std::vector<std::string>& keep);

void frame_get(Step& step, const Asked& asked);
void frame_release(Step& step, const Asked& asked);

} // namespace rekam::broker
