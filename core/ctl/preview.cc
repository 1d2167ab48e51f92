// SPDX-License-Identifier: Apache-2.0
// rekamctl preview: what a slot's device sees, into a file that always holds the newest picture whole, or one picture
// after the other for a viewer at the other end of a pipe (`-o - | ffplay -f mjpeg -`). Ctrl-C stops it.
#include "core/ctl/commands.h"
#include "core/ctl/table.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

namespace rekam::ctl {
namespace {

[[noreturn]] void cannot_write(const std::string& path) {
    usage("-o " + path + " cannot be written: " + std::strerror(errno));
}

void write_all(std::FILE* file, const PreviewFrame& frame, const std::string& path) {
    if (std::fwrite(frame.data.data(), 1, frame.data.size(), file) != frame.data.size() || std::fflush(file) != 0)
        cannot_write(path);
}

/// Where the pictures go.
class Sink {
  public:
    explicit Sink(std::string path) : path_(std::move(path)) {
        const auto ending = std::filesystem::path(path_).extension();
        png_ = ending == ".png";
        if (path_ == "-") {
            stream_ = stdout;
        } else if (ending == ".mjpeg" || ending == ".mjpg") {
            stream_ = std::fopen(path_.c_str(), "wb");
            if (!stream_)
                cannot_write(path_);
        }
    }
    ~Sink() {
        if (stream_ && stream_ != stdout)
            std::fclose(stream_);
    }
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    [[nodiscard]] const char* format() const { return png_ ? "image/png" : "image/jpeg"; }

    void put(const PreviewFrame& frame) const {
        if (stream_)
            return write_all(stream_, frame, path_);
        // Whoever looks at the file while it is written sees the one before, never half of one.
        const std::string fresh = path_ + ".new";
        std::FILE* file = std::fopen(fresh.c_str(), "wb");
        if (!file)
            cannot_write(path_);
        write_all(file, frame, path_);
        std::fclose(file);
        std::error_code failed;
        std::filesystem::rename(fresh, path_, failed);
        if (failed)
            usage("-o " + path_ + " cannot be written: " + failed.message());
    }

  private:
    std::string path_;
    std::FILE* stream_ = nullptr;
    bool png_ = false;
};

std::string line_of(const std::string& slot, std::int64_t count, const PreviewFrame& frame) {
    std::string line = slot + ": " + std::to_string(count) + (count == 1 ? " picture" : " pictures");
    if (frame.quality)
        line += ", quality " + std::to_string(*frame.quality);
    for (const auto& word : frame.guide)
        line += " " + printable(word);
    return line;
}

PreviewResult show(Context& context, const PreviewArguments& arguments, const Sink& sink, Preview& preview) {
    std::int64_t count = 0;
    while (const auto frame = preview.next()) {
        sink.put(*frame);
        context.progress(line_of(arguments.slot, ++count, *frame));
        if (arguments.frames > 0 && count >= arguments.frames)
            preview.stop();
    }
    return preview.result();
}

} // namespace

Exit preview(Context& context, const PreviewArguments& arguments) {
    if (arguments.file == "-" && context.json())
        usage("-o - writes pictures to standard output; --json needs it for itself: give -o a file");
    const Sink sink(arguments.file);
    std::optional<Case> own;
    if (arguments.case_id.empty())
        own.emplace(context.station().open_case("test"));
    Lease lease =
        context.station().lease({arguments.slot}, own ? own->id() : arguments.case_id,
                                {.wait = Milliseconds(arguments.wait_ms), .on_progress = [&](const std::string&) {
                                     context.progress(arguments.slot + ": waiting for the lease");
                                 }});
    PreviewRequest request;
    request.slot = arguments.slot;
    request.formats = {sink.format()};
    request.rate_hz = arguments.rate_hz;
    request.width_px = arguments.width_px;
    Preview live = lease.preview(request);
    context.interrupt().on_signal([&live] {
        try {
            live.stop();
        } catch (const Error&) {
            return; // the end of its lease ends it
        }
    });
    try {
        const PreviewResult result = show(context, arguments, sink, live);
        context.end_progress();
        context.interrupt().on_signal({});
        if (context.json())
            context.print(R"({"result":)" + result.json + "}\n");
        return result.frames == 0 ? Exit::nothing_to_do : Exit::ok;
    } catch (...) {
        context.end_progress();
        context.interrupt().on_signal({});
        throw;
    }
}

} // namespace rekam::ctl
