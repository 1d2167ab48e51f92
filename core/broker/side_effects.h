// SPDX-License-Identifier: Apache-2.0
// What a job has beside the others when it prints a card or speaks with its chip.
#pragma once

#include "core/broker/fleet.h"
#include "core/model/job.h"
#include "core/wire/card_params.h"
#include "core/wire/records.h"

#include <functional>

namespace rekam::broker {

struct Step;

/// One picture of a print: an attachment, which the job owns, or a frame, which its session owns.
struct Picture {
    std::string layer, format;
    wire::Descriptor descriptor = -1; ///< of an attachment, until it is sent
    FrameNo frame = 0;
    std::int64_t bytes = 0;
};

struct PrintPart {
    wire::PrintParams params;
    std::vector<model::CardStep> steps;
    std::vector<Picture> pictures;
    bool begun = false;                           ///< the device was let go: it cannot be taken back
    model::EndCause wish = model::EndCause::none; ///< who wanted it to end while it could not: asked again at the chip
};

struct CardPart {
    wire::CardOpenParams params;
    JobNo print = 0;                     ///< the print at whose chip station the card is; 0: a card of its own
    bool open = false;                   ///< the card answered
    bool begun = false;                  ///< a command was sent, and the intent is to write
    bool failed = false;                 ///< its client says that the card did not take what it should
    bool unsure = false;                 ///< an exchange failed after its commands went out
    std::int64_t exchange = 0;           ///< the last one, 0: none yet
    std::string commands;                ///< of that one, to know it again
    std::string answer;                  ///< to that one; empty while it is under way
    std::optional<model::Error> refusal; ///< or why there is none
    [[nodiscard]] bool is_answered() const { return refusal || !answer.empty(); }
    std::vector<ReplyTo> asked, closing;
};

/// What an ended print means for another one, for as long as its key is kept.
struct CardFacts {
    model::Effect effect = model::Effect::none; ///< as reconciled
    bool open = false;                          ///< unknown, and nobody reconciled it
};
CardFacts card_facts(const wire::Job& record);

/// An answer that waits until what it says is durable.
struct Promise {
    ReplyTo to;
    std::string result;
    std::function<void(Step&)> undo; ///< the store could not write it: as if it had never been asked
};

/// job.reconcile of a job whose record is on disk only.
struct Reconciling {
    ReplyTo to;
    std::string key;
    wire::JobReconcileParams params;
};

/// An unknown outcome whose device has not been asked what it remembers.
struct Unsettled {
    std::string key; ///< of its record in the store
    wire::Job record;
};

} // namespace rekam::broker
