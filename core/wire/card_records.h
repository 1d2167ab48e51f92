// SPDX-License-Identifier: Apache-2.0
// What is known of a card: its chip, where it is, and what its device remembers of it.
#pragma once

#include "core/model/vocabulary.h"

#include <boost/describe/class.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace rekam::wire {

/// The chip of a card, as its reader met it; bytes in hex.
struct CardInfo {
    std::optional<std::string> atr, uid; ///< uid: contactless only
    std::optional<model::CardProtocol> protocol;
};
BOOST_DESCRIBE_STRUCT(CardInfo, (), (atr, uid, protocol))

/// What a device remembers of its side effects (rekam.evidence/1).
struct Evidence {
    model::CardAt card_at = model::CardAt::unknown;
    std::optional<std::int64_t> counter; ///< cards printed in the device's life
    std::optional<std::string> last_job, last_serial;
    std::optional<model::Effect> last_effect;
};
BOOST_DESCRIBE_STRUCT(Evidence, (), (card_at, counter, last_job, last_serial, last_effect))

/// What settled an unknown outcome; the outcome itself stays.
struct Reconciled {
    model::Effect effect = model::Effect::unknown; ///< none or done
    std::string by;                                ///< "evidence"
};
BOOST_DESCRIBE_STRUCT(Reconciled, (), (effect, by))

/// A card of the case: printed, or its chip written or read.
struct CaseCard {
    std::string job, op, slot;
    std::optional<model::JobState> outcome;
    std::optional<model::Effect> effect;
    std::optional<model::CardAt> card_at;
    std::optional<std::string> cites;
};
BOOST_DESCRIBE_STRUCT(CaseCard, (), (job, op, slot, outcome, effect, card_at, cites))

} // namespace rekam::wire
