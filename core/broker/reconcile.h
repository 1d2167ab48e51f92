// SPDX-License-Identifier: Apache-2.0
// job.reconcile: two persons settle an outcome that nobody saw. The outcome itself stays; a record says what they
// found.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

/// Unknown, and neither the device nor a person has settled it.
bool is_open_outcome(const wire::Job& record);

void job_reconcile(Step& step, const Asked& asked);
/// True: the answer belonged to a job.reconcile.
bool reconcile_found(Step& step, const Found& found);

/// The record in every table that keeps one, after something about its settlement changed.
void store_settled(Step& step, const std::string& key, const wire::Job& record);

} // namespace rekam::broker
