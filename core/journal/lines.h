// SPDX-License-Identifier: Apache-2.0
// A journal as a text file: one JSON object a line, a first line that says whose it is, then rows and heads in any
// order. What is about a person is not in it; the file can be verified without the station.
#pragma once

#include "core/journal/verify.h"

#include <functional>

namespace rekam::journal {

struct FirstLine {
    std::string station, public_key; ///< the key as the file itself has it: whoever made the file chose it
    SignedHead head;                 ///< of the last row: a file that was cut off lacks it
    // Of a file that begins where another ended:
    std::optional<std::string> previous = {}; ///< the hash of the row before; the signed rows prove it
    std::vector<std::string> keys = {};       ///< public keys that signed up to here
};

std::string line_of(const FirstLine& first);
std::string line_of(const Row& row);
std::string line_of(std::int64_t seq, const SignedHead& head);

/// Gives one line after another, without its end; false after the last.
using NextLine = std::function<bool(std::string&)>;

struct FileVerdict {
    std::string problem; ///< the file cannot be read: which line, and why; then nothing else counts
    std::string station;
    Head head;                                ///< of the last row, as the first line has it
    std::optional<std::string> previous = {}; ///< as in FirstLine
    Verdict verdict;
};

/// `open` starts again at the first line: the file is read twice. Without a key in `anchors` the file's own is taken.
FileVerdict verify_lines(const std::function<NextLine()>& open, Anchors anchors);

} // namespace rekam::journal
