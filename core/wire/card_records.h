// SPDX-License-Identifier: Apache-2.0
// What is known of a card: its chip, where it is, and what its device remembers of it.
#pragma once

#include "core/wire/frame_record.h"

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
    std::string by;                                ///< "evidence", or a person
    std::optional<std::string> second, reason;     ///< of persons
    std::optional<model::Blank> blank;             ///< of a print: what became of its blank
    std::optional<Time> at;
};
BOOST_DESCRIBE_STRUCT(Reconciled, (), (effect, by, second, reason, blank, at))

/// Why a further card was made, and of which.
struct Reprint {
    std::string of, reason, second;
};
BOOST_DESCRIBE_STRUCT(Reprint, (), (of, reason, second))

/// One blank that left the hopper in a print.
struct UsedBlank {
    std::string job;
    model::Blank end = model::Blank::unknown;
    std::optional<std::string> serial, chip; ///< where they could be read
};
BOOST_DESCRIBE_STRUCT(UsedBlank, (), (job, end, serial, chip))

/// Blanks used in a quarter of an hour that began with the first of them.
struct Pace {
    std::int64_t from_utc_us = 0, cards = 0;
};
BOOST_DESCRIBE_STRUCT(Pace, (), (from_utc_us, cards))

/// The ledger of one printer's hopper: loaded + difference = issued + rejected + spoiled + unknown + left, always.
struct Hopper {
    std::int64_t loaded = 0, issued = 0, rejected = 0, spoiled = 0, unknown = 0, left = 0;
    std::int64_t difference = 0;    ///< found beyond what was loaded, or (below 0) missing
    std::optional<Time> counted_at; ///< when somebody last loaded or counted
    std::vector<UsedBlank> blanks;  ///< the last ones, oldest first
    std::vector<Pace> pace;         ///< oldest first
};
BOOST_DESCRIBE_STRUCT(Hopper, (),
                      (loaded, issued, rejected, spoiled, unknown, left, difference, counted_at, blanks, pace))

/// A card of the case: printed, or its chip written or read.
struct CaseCard {
    std::string job, op, slot;
    std::optional<model::JobState> outcome;
    std::optional<model::Effect> effect;
    std::optional<model::CardAt> card_at;
    std::optional<std::string> cites;
    std::optional<model::Effect> reconciled; ///< of an unknown outcome: as which effect
    std::optional<std::string> reprint_of;
};
BOOST_DESCRIBE_STRUCT(CaseCard, (), (job, op, slot, outcome, effect, card_at, cites, reconciled, reprint_of))

} // namespace rekam::wire
