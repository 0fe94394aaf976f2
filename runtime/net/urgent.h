#pragma once

namespace meshctl::net {

// TCP urgent data (RFC 9293, 3.8.5; socket(7), SIOCATMARK; RFC 6093). A byte that was sent as
// urgent has a mark in the stream; unless asked, Linux takes it out of there.

/// Has the urgent bytes of `socket` stay in their places, and the kernel tell this thread of them,
/// by SIGURG. To be called on the thread that reads the socket.
void keep_urgent_bytes(int socket) noexcept;

/// The next byte of `socket` is an urgent one. A read that begins before it ends there. Of a socket
/// whose urgent bytes are kept; without a system call as long as this thread was told of none.
[[nodiscard]] bool is_at_urgent_byte(int socket) noexcept;

}  // namespace meshctl::net
