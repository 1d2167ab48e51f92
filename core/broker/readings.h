// SPDX-License-Identifier: Apache-2.0
// What jobs read beside frames: kept for their session as unread frames are, under the same quota and time limit. They
// are a person's (a signature, a document's number), so they stay in memory: the store never has them.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

/// What is wrong with the readings that a host sent for this job: no host of ours sends such. Empty: nothing.
std::optional<model::Error> objection(const Job& job, const wire::Readings& readings);

/// Takes them over when the job ends well. False: the session's quota is full.
bool keep_readings(Step& step, const Job& job, const wire::Readings& readings);

/// The record of an ended job as this session may see it: readings are those of the session that captured them.
wire::Job with_readings(const State& s, wire::Job record, SessionNo reader);

void drop_readings(Step& step, const std::string& job);
void drop_readings_of_session(Step& step, SessionNo no);
void drop_readings_of_case(Step& step, const std::string& case_id);

} // namespace rekam::broker
