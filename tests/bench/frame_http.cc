// SPDX-License-Identifier: Apache-2.0
// How most vendors' local services hand a picture to a page: HTTP on loopback, JSON, base64. Server and client are
// Beast, so nothing but the way itself is slow; the server encodes each answer, the client parses and decodes it.
#include "tests/bench/frame_peers.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/detail/base64.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>

#include <limits>
#include <stdexcept>

namespace rekam::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

std::string to_base64(std::string_view bytes) {
    std::string text(beast::detail::base64::encoded_size(bytes.size()), '\0');
    text.resize(beast::detail::base64::encode(text.data(), bytes.data(), bytes.size()));
    return text;
}

std::string from_base64(std::string_view text) {
    std::string bytes(beast::detail::base64::decoded_size(text.size()), '\0');
    const auto [written, read] = beast::detail::base64::decode(bytes.data(), text.data(), text.size());
    if (read + 2 < text.size()) // it stops at what is no letter of it
        throw std::runtime_error("this is no base64");
    bytes.resize(written);
    return bytes;
}

class Http final : public Target {
  public:
    Http(const std::string& port, std::size_t bytes) : socket_(loop_), bytes_(bytes) {
        socket_.connect({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::stoi(port))});
        socket_.set_option(tcp::no_delay(true));
    }
    void once() override {
        http::request<http::empty_body> request{http::verb::get, "/capture", 11};
        request.set(http::field::host, "127.0.0.1");
        http::write(socket_, request);
        http::response_parser<http::string_body> answer;
        answer.body_limit(std::numeric_limits<std::uint64_t>::max());
        http::read(socket_, buffer_, answer);
        const auto value = boost::json::parse(answer.get().body());
        const auto& text = value.at("biometrics").at("image").as_string();
        if (from_base64(text).size() != bytes_)
            throw std::runtime_error("the HTTP server gave another picture");
    }

  private:
    asio::io_context loop_;
    tcp::socket socket_;
    beast::flat_buffer buffer_;
    std::size_t bytes_;
};

} // namespace

std::unique_ptr<Target> make_http_target(const std::string& port, std::size_t bytes) {
    return std::make_unique<Http>(port, bytes);
}

void serve_http(int port, std::size_t bytes) {
    asio::io_context loop;
    tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)});
    const std::string picture(bytes, 'Z');
    for (;;) {
        tcp::socket socket = acceptor.accept();
        socket.set_option(tcp::no_delay(true));
        beast::flat_buffer buffer;
        beast::error_code error;
        for (;;) {
            http::request<http::string_body> request;
            http::read(socket, buffer, request, error);
            if (error)
                break; // the client has gone
            http::response<http::string_body> answer{http::status::ok, 11};
            answer.set(http::field::content_type, "application/json");
            answer.body() = R"({"biometrics":{"image":")" + to_base64(picture) + "\"}}";
            answer.prepare_payload();
            http::write(socket, answer, error);
        }
    }
}

} // namespace rekam::bench
