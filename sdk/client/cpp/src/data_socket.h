// SPDX-License-Identifier: Apache-2.0 OR MIT
// Memory that the station hands to programs on its own machine, for a ticket. One thread at a time, but shut_down.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rekam/client_records.h>

namespace rekam {

class Descriptor {
  public:
    explicit Descriptor(int number = -1) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor();
    int get() const { return number_; }

  private:
    int number_;
};

// Read-only memory of a descriptor; empty where it has no bytes.
class Mapping {
  public:
    Mapping(int descriptor, std::size_t bytes); // throws Error
    Mapping(Mapping&& other) noexcept : start_(std::exchange(other.start_, nullptr)), bytes_(other.bytes_) {}
    Mapping& operator=(Mapping&&) = delete;
    ~Mapping();
    std::string_view bytes() const { return {static_cast<const char*>(start_), bytes_}; }

  private:
    void* start_ = nullptr;
    std::size_t bytes_;
};

enum class Sealed { whole, buffer }; // buffer: who made it may still write

// The size of memory that nobody can cut or change; throws Error bad-frame for any other.
std::int64_t sealed_bytes(int descriptor, Sealed how);

class DataSocket {
  public:
    struct Packet {
        boost::json::object said;
        std::vector<Descriptor> descriptors;
    };

    // Connects and shows the ticket. Throws Error: no-station where there is no such socket, else what it was refused
    // with.
    DataSocket(const std::string& path, const std::string& ticket);
    const Packet& granted() const { return granted_; }

    void say(const boost::json::object& request);
    // The next packet; empty when time is over. Throws Error for a refusal, and no-answer for the end.
    std::optional<Packet> hear(std::optional<std::int64_t> timeout_ms);
    void shut_down(); // any thread: ends a hear that waits

  private:
    Descriptor socket_;
    Packet granted_;
};

// The bytes of the frame that the ticket is for.
Bytes fetch_frame(const std::string& path, const std::string& ticket);

} // namespace rekam
