// SPDX-License-Identifier: Apache-2.0
// Exchanges with a card's chip: one job from card.open to card.close, one record, however many commands are sent. The
// card lies in a reader of its own, or at the chip station of a print that waits for it.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void card_open(Step& step, const Asked& asked);
void card_transmit(Step& step, const Asked& asked);
void card_close(Step& step, const Asked& asked);

/// Whether the exchange is with the card that its own device is printing: then it runs inside that print.
bool is_at_own_chip(const State& s, const Job& job);
/// The exchange may begin inside its print; ends it where the print has left the chip station meanwhile.
void start_at_chip(Step& step, Job& job);

// --- from its host. An error means that the host broke the grammar: it is killed. ---
std::optional<model::Error> card_opened(Step& step, Device& device, const wire::Message& message);
std::optional<model::Error> card_answered(Step& step, Device& device, const wire::Message& message);
std::optional<model::Error> card_final(Step& step, Job& job, const wire::HostFinal& body);

/// The job has left the table: who waits for an exchange or the close gets an answer, its print goes on.
void card_over(Step& step, const Job& job);
/// The print has left the table: what it had open with its chip ends.
void print_over(Step& step, const Job& print);

} // namespace rekam::broker
