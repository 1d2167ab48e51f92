// SPDX-License-Identifier: Apache-2.0
// What a device can do, as a draft-07 subset with conditional sets (sdk/schema/capabilities.json), compiled once.
#pragma once

#include "core/wire/json.h"

#include <boost/json/object.hpp>

#include <optional>
#include <vector>

namespace rekam::broker {

class Capabilities {
  public:
    Capabilities() = default;
    /// Reads a plugin's text. An error names what is wrong with it; unknown keywords are ignored, as in draft-07.
    static wire::Expected<Capabilities> read(const std::string& text);

    /// Checks a request's parameters against what is named here: a value that is not allowed is `out-of-range`, naming
    /// what is; a parameter that is not named is `unsupported-parameter`, but for the common ones (slot, subject, ...).
    [[nodiscard]] std::optional<model::Error> check(const boost::json::object& params) const;

    /// Whether this device can do everything that `requires` asks for in the same words: every property named there
    /// exists here, and every enum value, minimum and maximum it names is allowed here. Empty: covered, else why not.
    [[nodiscard]] std::optional<std::string> covers(const std::string& requires_text) const;
    /// Every point that covers() would stumble over, one after the other.
    [[nodiscard]] std::vector<std::string> lacks(const std::string& requires_text) const;

    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_ = "{}";
    boost::json::object schema_;
};

} // namespace rekam::broker
