// SPDX-License-Identifier: Apache-2.0
// Answers that say what is on disk: given when it is, and taken back when it could not be written.
#pragma once

#include "core/broker/step.h"

namespace rekam::broker {

/// Answers when everything that this step saves is durable. It saves something.
void promise(Step& step, const ReplyTo& to, std::string result, std::function<void(Step&)> undo);
/// The row of this ended job must be on disk before or with any hopper that counts its blank.
void owe(Step& step, const std::string& job_key);

/// Before an append: adds the rows that must go with it.
void add_owed(Step& step, StoreToken token);
void keep_promises(Step& step, StoreToken token);
void break_promises(Step& step, const AppendFailed& failed);

} // namespace rekam::broker
