// SPDX-License-Identifier: Apache-2.0
// rekamctl capture: a case and a lease when none is given, pages written as they come, Ctrl-C cancels the job.
#include "core/ctl/commands.h"
#include "core/ctl/table.h"

#include <boost/json/parse.hpp>

#include <array>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

namespace rekam::ctl {
namespace {

std::string usual_subject(const std::string& function) {
    constexpr auto subjects = std::to_array<std::pair<std::string_view, std::string_view>>({
        {"camera", "face"},
        {"document", "document.page"},
        {"signature", "signature"},
        {"iris", "eye.both"},
        {"mrz-reader", "document.front"},
    });
    for (const auto& [known, subject] : subjects)
        if (known == function)
            return std::string(subject);
    usage("a " + function + " needs to be told what to capture: give --subject, for example finger.right-index");
}

std::string ending(const std::string& format) {
    constexpr auto endings = std::to_array<std::pair<std::string_view, std::string_view>>({
        {"image/png", ".png"},
        {"image/jpeg", ".jpg"},
        {"image/tiff", ".tif"},
        {"image/jp2", ".jp2"},
        {"image/svg+xml", ".svg"},
        {"image/x-portable-anymap", ".pnm"},
        {"image/x-portable-graymap", ".pgm"},
        {"image/x-portable-pixmap", ".ppm"},
        {"image/x-portable-bitmap", ".pbm"},
        {"application/json", ".json"},
    });
    for (const auto& [known, text] : endings)
        if (known == format)
            return std::string(text);
    return ".bin";
}

/// Ids come from the station: nothing in them may lead out of the directory.
std::string safe_name(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || (c == '.' && !safe.empty());
        safe += plain ? c : '_';
    }
    return safe;
}

class Pages {
  public:
    Pages(Context& context, const CaptureArguments& arguments) : context_(context), arguments_(arguments) {}

    /// Writes a frame unless it is there already; pages come with the progress, and all of them again at the end.
    void save(Frame frame, const std::string& job) {
        const FrameRecord& record = frame.record();
        if (files_.contains(record.frame))
            return;
        const auto path = std::filesystem::path(arguments_.directory) / file_name(arguments_.slot, job, record);
        frame.save(path);
        files_[record.frame] = path.string();
        context_.end_progress();
        if (!context_.json()) {
            context_.print(printable(path.string()) + "  " + printable(record.format) + "  " +
                           std::to_string(record.width_px) + "x" + std::to_string(record.height_px) + "\n");
        }
    }

    [[nodiscard]] std::string json() const {
        std::vector<std::string> entries;
        for (const auto& [frame, path] : files_)
            entries.push_back(R"({"frame":)" + json_text(frame) + R"(,"path":)" + json_text(path) + "}");
        return json_list("files", entries);
    }

    [[nodiscard]] bool empty() const { return files_.empty(); }

  private:
    Context& context_;
    const CaptureArguments& arguments_;
    std::map<std::string, std::string> files_; ///< path by frame
};

/// What was read beside frames, for people.
std::string readings_text(const Readings& readings) {
    std::string text;
    if (const auto& samples = readings.samples)
        text += std::to_string(samples->t_us.size()) + " samples on a pad of " +
                std::to_string(samples->width_um / 1'000) + " x " + std::to_string(samples->height_um / 1'000) +
                " mm, " + std::to_string(samples->losses) + " lost\n";
    for (const auto& eye : readings.eyes)
        text += printable(eye.position) + ": iris at " + std::to_string(eye.x_px) + "," + std::to_string(eye.y_px) +
                ", radius " + std::to_string(eye.radius_px) + " px\n";
    if (const auto& mrz = readings.mrz) {
        for (const auto& line : mrz->lines)
            text += printable(line) + "\n";
        for (const auto& [field, value] : mrz->fields)
            text += "  " + printable(field) + ": " + printable(value) + "\n";
        for (const auto& check : mrz->checks)
            if (!check.ok)
                text += "  wrong check digit of " + printable(check.field) + ": " + printable(check.read) + ", not " +
                        printable(check.computed) + "; read the document again\n";
    }
    return text;
}

Exit run(Context& context, const CaptureArguments& arguments, const CaptureRequest& request, Lease& lease) {
    Pages pages(context, arguments);
    Capture job = lease.start(request);
    context.interrupt().on_signal([&job] { job.cancel(); });
    try {
        const CaptureResult result = job.result([&](const Progress& progress) {
            for (const auto& frame : progress.frames)
                pages.save(frame, progress.job);
            context.progress(request.slot + ": " + progress.text());
        });
        for (const auto& frame : result.frames)
            pages.save(frame, result.job);
        context.end_progress();
        context.interrupt().on_signal({});
        if (context.json())
            context.print(R"({"result":)" + result.json + "," + pages.json() + "}\n");
        else
            context.print(readings_text(result.readings));
        return pages.empty() && result.readings.empty() ? Exit::nothing_to_do : Exit::ok;
    } catch (...) {
        context.end_progress();
        context.interrupt().on_signal({});
        throw;
    }
}

} // namespace

std::pair<std::string, Value> parameter(const std::string& assignment) {
    const auto equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0)
        usage("--set wants key=value, such as --set dpi=300, not '" + assignment + "'");
    const std::string name = assignment.substr(0, equals);
    const std::string text = assignment.substr(equals + 1);
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem == std::errc() && end == text.data() + text.size())
        return {name, number};
    if (text == "true" || text == "false")
        return {name, text == "true"};
    if (text.starts_with('{') || text.starts_with('[') || text.starts_with('"')) {
        boost::system::error_code failed;
        boost::json::parse(text, failed);
        if (failed)
            usage("--set " + name + ": this looks like JSON, but is none: " + text);
        return {name, Json{text}};
    }
    return {name, text};
}

std::string file_name(const std::string& slot, const std::string& job, const FrameRecord& frame) {
    const std::int64_t number = frame.page.value_or(frame.index + 1);
    return safe_name(slot) + "-" + safe_name(job) + "-" + std::to_string(number) +
           (frame.side.empty() || frame.side == "front" ? "" : "-" + safe_name(frame.side)) + ending(frame.format);
}

Exit capture(Context& context, const CaptureArguments& arguments) {
    CaptureRequest request;
    request.slot = arguments.slot;
    request.deadline = Milliseconds(arguments.deadline_ms);
    for (const auto& assignment : arguments.set)
        request.parameters.insert(parameter(assignment));
    std::error_code failed;
    std::filesystem::create_directories(arguments.directory, failed);
    if (!std::filesystem::is_directory(arguments.directory))
        usage("-o " + arguments.directory + " is no directory, and cannot be made: " + failed.message());
    request.subject =
        arguments.subject.empty() ? usual_subject(context.station().slot(arguments.slot).function) : arguments.subject;
    std::optional<Case> own;
    if (arguments.case_id.empty())
        own.emplace(context.station().open_case("test"));
    const std::string case_id = own ? own->id() : arguments.case_id;
    Lease lease = context.station().lease(
        {arguments.slot}, case_id, {.wait = Milliseconds(arguments.wait_ms), .on_progress = [&](const std::string&) {
                                        context.progress(arguments.slot + ": waiting for the lease");
                                    }});
    return run(context, arguments, request, lease);
}

} // namespace rekam::ctl
