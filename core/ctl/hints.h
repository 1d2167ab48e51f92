// SPDX-License-Identifier: Apache-2.0
// What config/hints says to a person about an error or a failed check, in their language.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rekam::ctl {

/// A language's file: an entry per hint, and the hint of each error code for a hint that it does not know.
class Hints {
  public:
    /// Nothing known: every text is absent.
    Hints() = default;

    /// The first of `directories` that has a file for `lang`, else for English; nothing known where there is neither.
    Hints(const std::vector<std::string>& directories, const std::string& lang);

    /// The text of `hint`, else of the hint that goes with `code`. `reader`: applicant, operator, technician, speech or
    /// pictogram; what one language says to every applicant stands for an applicant's text of its own.
    [[nodiscard]] std::optional<std::string> text(std::string_view hint, std::string_view code,
                                                  std::string_view reader) const;
    /// A word of a report; itself where the language has no other.
    [[nodiscard]] std::string word(std::string_view word) const;
    /// Of the file that was read: "id"; empty where there was none.
    [[nodiscard]] const std::string& language() const { return language_; }

  private:
    using Entry = std::map<std::string, std::string, std::less<>>;
    bool read(const std::string& path);

    std::string language_;
    std::map<std::string, Entry, std::less<>> hints_;
    Entry codes_, default_, words_;
};

/// Where the files are looked for: REKAM_HINTS, the system's, then those of the tree that this program was built in.
std::vector<std::string> hint_directories();
/// What the person speaks: `chosen`, else LC_ALL, LC_MESSAGES or LANG without country and encoding, else "en".
std::string language_of(const std::string& chosen);
/// The languages that have a file.
std::vector<std::string> hint_languages(const std::vector<std::string>& directories);

/// Who acts on an error of this class, or mends what a check found: the one whose text is read.
std::string_view reader_of(std::string_view who);

} // namespace rekam::ctl
