// SPDX-License-Identifier: Apache-2.0
// A directory of a test's own, with everything in it gone at the end.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace rekam {

class Files {
  public:
    Files() {
        std::string name = (std::filesystem::temp_directory_path() / "rekam-XXXXXX").string();
        if (!::mkdtemp(name.data()))
            throw std::runtime_error("no temporary directory");
        path_ = name;
    }
    ~Files() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name, std::ios::binary) << text;
    }
    static std::string read(const std::filesystem::path& file) {
        std::ostringstream bytes;
        bytes << std::ifstream(file, std::ios::binary).rdbuf();
        return bytes.str();
    }

  private:
    std::filesystem::path path_;
};

} // namespace rekam
