#include "runtime/net/stream.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "runtime/base/assert.h"
#include "runtime/net/urgent.h"

namespace meshctl::net {
namespace {

template <typename Ask>
std::optional<Address> address_by(Ask ask, const uv_tcp_t* tcp) noexcept {
  sockaddr_storage storage{};
  int size = sizeof storage;
  auto& raw = reinterpret_cast<sockaddr&>(storage);
  if (tcp == nullptr || ask(tcp, &raw, &size) != 0) return std::nullopt;
  return Address::from(raw);
}

}  // namespace

/// Outlives its stream when that closes in between: libuv hands it back then, too.
struct Stream::PendingWrite {
  uv_write_t request{};
  std::string bytes;
};

Stream::Stream(Loop& loop, StreamOwner& owner, TcpHandle accepted) noexcept
    : loop_(loop), owner_(owner), tcp_(std::move(accepted)) {
  tcp_->data = this;
}

Stream::Stream(Loop& loop, StreamOwner& owner) noexcept : loop_(loop), owner_(owner) {}

Stream::~Stream() = default;

Result<void, UvError> Stream::connect(const Address& address, const ConnectOptions& options) {
  auto tcp = make_handle<uv_tcp_t>(loop_.raw(), uv_tcp_init);
  if (!tcp) return fail(tcp.error());
  tcp_ = std::move(*tcp);
  tcp_->data = this;
  if (options.source) {
    if (const int rc = uv_tcp_bind(tcp_.get(), &options.source->raw(), 0); rc != 0)
      return fail(UvError{rc});
  }
  auto request = std::make_unique<uv_connect_t>();
  if (const int rc = uv_tcp_connect(request.get(), tcp_.get(), &address.raw(), on_connect);
      rc != 0) {
    return fail(UvError{rc});
  }
  static_cast<void>(request.release());  // on_connect frees it
  send_at_once(*tcp_);
  if (expects_urgent_bytes_) keep_urgent_bytes(descriptor());
  if (options.keep_alive) notice_dead_peers(*tcp_, *options.keep_alive);
  return {};
}

void Stream::on_connect(uv_connect_t* request, int status) noexcept {
  const std::unique_ptr<uv_connect_t> done(request);
  auto* stream = static_cast<Stream*>(request->handle->data);
  if (stream == nullptr) return;
  const Result<void, UvError> result =
      status == 0 ? Result<void, UvError>{} : Result<void, UvError>{fail(UvError{status})};
  auto& owner = stream->owner_;
  if (owner.on_connected(*stream, result) == Next::Close) owner.close();
}

void Stream::start_reading() noexcept {
  // Fails only for a stream that is closing or already reads (UV_EALREADY); both need nothing more.
  uv_read_start(raw(), on_alloc, on_read);
}

void Stream::stop_reading() noexcept {
  uv_read_stop(raw());
}

void Stream::on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept {
  auto* stream = static_cast<Stream*>(handle->data);
  MESHCTL_ASSERT(stream != nullptr);
  auto space = stream->loop_.read_buffer();
  stream->is_urgent_ = stream->expects_urgent_bytes_ && is_at_urgent_byte(stream->descriptor());
  if (stream->is_urgent_) space = space.first(1);
  *buffer = uv_buf_init(space.data(), static_cast<unsigned>(space.size()));
}

void Stream::on_read(uv_stream_t* handle, ssize_t count, const uv_buf_t* buffer) noexcept {
  auto* stream = static_cast<Stream*>(handle->data);
  if (stream == nullptr || count == 0) return;  // closed already; or EAGAIN
  auto& owner = stream->owner_;
  Next next{};
  if (count > 0) {
    if (std::exchange(stream->looks_behind_, false)) stream->look_behind();
    next = owner.on_bytes(*stream, {buffer->base, static_cast<std::size_t>(count)});
    stream->is_urgent_ = false;
    if (next == Next::Continue && stream->end_behind_) {
      uv_read_stop(handle);
      next = owner.on_end(*stream, *stream->end_behind_);
    }
  } else {
    uv_read_stop(handle);
    const auto end = count == UV_EOF ? stream->end_of_file() : UvError{static_cast<int>(count)};
    next = owner.on_end(*stream, StreamEnd{end});
  }
  if (next == Next::Close) owner.close();
}

UvError Stream::end_of_file() const noexcept {
  // libuv says so too after a hang-up that a read came before, and does not read again to learn
  // that it was a reset (uv__stream_io in 1.44).
  char byte = 0;
  const auto seen = ::recv(descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  const bool is_error = seen < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
  return {is_error ? uv_translate_sys_error(errno) : 0};
}

void Stream::look_behind() noexcept {
  char byte = 0;
  const auto seen = ::recv(descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (seen > 0) return;
  if (seen == 0) {
    end_behind_ = StreamEnd{UvError{0}};
  } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
    // Asking has taken the error from the socket: a read would not see it again.
    end_behind_ = StreamEnd{UvError{uv_translate_sys_error(errno)}};
  }
}

Result<std::size_t, UvError> Stream::try_write(std::string_view bytes, Behind behind) noexcept {
  return send(bytes, behind == Behind::OrderlyEnd ? MSG_MORE : 0);
}

Result<std::size_t, UvError> Stream::try_write_urgent(char byte) noexcept {
  return send({&byte, 1}, MSG_OOB);
}

Result<std::size_t, UvError> Stream::send(std::string_view bytes, int flags) noexcept {
  // Not uv_try_write: it is write(2), which costs a call more of the time than send(2) does.
  ssize_t written = 0;
  do {
    written = ::send(descriptor(), bytes.data(), bytes.size(), flags | MSG_NOSIGNAL);
  } while (written < 0 && errno == EINTR);
  if (written >= 0) return static_cast<std::size_t>(written);
  if (errno == EAGAIN || errno == EWOULDBLOCK) return std::size_t{0};
  return fail(UvError{uv_translate_sys_error(errno)});
}

void Stream::expect_urgent_bytes() noexcept {
  expects_urgent_bytes_ = true;
  if (tcp_) keep_urgent_bytes(descriptor());
}

Result<void, UvError> Stream::write_rest(std::string bytes) {
  auto pending = std::make_unique<PendingWrite>();
  pending->bytes = std::move(bytes);
  pending->request.data = pending.get();
  const auto buffer =
      uv_buf_init(pending->bytes.data(), static_cast<unsigned>(pending->bytes.size()));
  if (const int rc = uv_write(&pending->request, raw(), &buffer, 1, on_write); rc != 0) {
    return fail(UvError{rc});
  }
  static_cast<void>(pending.release());  // on_write frees it
  return {};
}

void Stream::on_write(uv_write_t* request, int status) noexcept {
  const std::unique_ptr<PendingWrite> done(static_cast<PendingWrite*>(request->data));
  auto* stream = static_cast<Stream*>(request->handle->data);
  if (stream == nullptr) return;
  const Result<void, UvError> result =
      status == 0 ? Result<void, UvError>{} : Result<void, UvError>{fail(UvError{status})};
  auto& owner = stream->owner_;
  if (owner.on_written(*stream, result) == Next::Close) owner.close();
}

std::optional<Address> Stream::peer_address() const noexcept {
  return address_by(uv_tcp_getpeername, tcp_.get());
}

std::optional<Address> Stream::local_address() const noexcept {
  auto address = address_by(uv_tcp_getsockname, tcp_.get());
  if (!address || address->has_scope()) return address;
  // The kernel names the interface only where the peer's address is link-local, too. An accepted
  // socket has the one that it came by as its interface for multicast (tcp_v6_syn_recv_sock).
  int interface = 0;
  socklen_t size = sizeof interface;
  if (::getsockopt(descriptor(), IPPROTO_IPV6, IPV6_MULTICAST_IF, &interface, &size) == 0)
    address->set_scope(static_cast<std::uint32_t>(interface));
  return address;
}

int Stream::descriptor() const noexcept {
  uv_os_fd_t fd = -1;
  uv_fileno(reinterpret_cast<const uv_handle_t*>(tcp_.get()), &fd);
  return fd;
}

bool Stream::has_peer_ended() const noexcept {
  pollfd state{.fd = descriptor(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&state, 1, 0) > 0;
}

void Stream::end_writing() noexcept {
  // Not uv_shutdown: nothing is queued here, it would only add a turn, and uv_tcp_close_reset
  // refuses a handle that is shutting down (UV_EINVAL in 1.44).
  ::shutdown(descriptor(), SHUT_WR);
}

void Stream::reset_on_close() noexcept {
  if (tcp_ == nullptr) return;
  const linger abort{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
}

}  // namespace meshctl::net
