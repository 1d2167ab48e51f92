// SPDX-License-Identifier: Apache-2.0
// What a step wants written goes to the store at its end, in one append; what nobody waits for is gathered for a few
// milliseconds before, so that a capture costs one row of each and not one for each of its states. What the store
// refuses is kept here and offered again until it takes it: no record and no line of the journal is lost to a disk that
// was full for a while.
#pragma once

#include "core/broker/step.h"

namespace rekam::broker {

/// Before the end of a step: what the store gets next comes after all that was wanted so far.
void append_now(Step& step);
/// The end of a step. While the store fails only what a job waits for is tried at once, with all that is kept.
void append(Step& step);
/// The append is durable.
void appended(Step& step, StoreToken token);
/// ... or is not: what was in it is kept.
void append_failed(Step& step, StoreToken token);
/// store_retry
void retry_store(Step& step);

/// What was not written yet about the person of a case: it will be written as about nobody.
void forget_person(Step& step, const std::string& case_id);

/// What is kept under this key, nullptr if nothing is; empty text: it is to be deleted.
const std::string* kept_back(const State& s, const std::string& kind, const std::string& key);

} // namespace rekam::broker
