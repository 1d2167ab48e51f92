// SPDX-License-Identifier: Apache-2.0 OR MIT
// What is known of each stream, pure: which events are news, and what must be fetched again.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <rekam/client.h>

namespace rekam {

// A selector is a stream's name, or the beginning of many when it ends with a point.
bool covers(const std::string& selector, const std::string& stream);

class Follower {
  public:
    using Epochs = std::pair<std::int64_t, std::int64_t>;

    Follower(std::vector<std::string> selectors, Epochs epochs);

    const std::vector<std::string>& selectors() const { return selectors_; }
    std::set<std::string>& missing() { return missing_; }
    // Something may have been missed, nobody knows what.
    void restart();
    // Takes what came on the wire.
    std::optional<Event> header(const std::string& stream, const boost::json::object& header);
    // Takes a fetched record.
    std::optional<Event> record(const std::string& stream, std::int64_t seq, std::string data, const std::string& kind);
    // Streams that a whole list no longer names.
    std::vector<Event> gone(const std::string& selector, const std::set<std::string>& listed);

  private:
    bool wants(const std::string& stream) const;
    void beat(const boost::json::object& seqs);
    std::optional<Event> change(const std::string& stream, const boost::json::object& header);

    std::vector<std::string> selectors_;
    Epochs epochs_;
    std::map<std::string, std::int64_t> known_;
    std::set<std::string> missing_;
};

} // namespace rekam
