#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/net/address.h"
#include "runtime/net/loop.h"
#include "runtime/net/tcp_options.h"
#include "runtime/net/uv_handle.h"

namespace meshctl::net {

class Stream;

/// What a callback asks for: go on, or close the owner at the boundary.
enum class Next { Continue, Close };

/// How a side of a stream ended.
struct StreamEnd {
  /// 0: an orderly end (FIN). Otherwise the error, such as UV_ECONNRESET.
  UvError error;

  [[nodiscard]] bool is_orderly() const noexcept { return error.code == 0; }
};

/// What is known to come behind some bytes.
enum class Behind : std::uint8_t { Unknown, OrderlyEnd };

/// Who owns streams and hears of their events. Members only say what comes next; the boundary (the
/// libuv callback in stream.cpp) calls close(), after which it touches neither stream nor owner.
class StreamOwner {
 public:
  /// `bytes` is never empty, and valid during the call only.
  [[nodiscard]] virtual Next on_bytes(Stream& stream, std::string_view bytes) noexcept = 0;
  /// The peer sends no more. Comes once, unless the stream is destroyed first.
  [[nodiscard]] virtual Next on_end(Stream& stream, StreamEnd end) noexcept = 0;
  /// The write that write_rest() began is out, or failed.
  [[nodiscard]] virtual Next on_written(Stream& stream, Result<void, UvError> result) noexcept = 0;
  [[nodiscard]] virtual Next on_connected(Stream& stream,
                                          Result<void, UvError> result) noexcept = 0;
  /// Destroys the owner, and with it its streams.
  virtual void close() noexcept = 0;

 protected:
  ~StreamOwner() = default;
};

/// How a stream connects.
struct ConnectOptions {
  /// The address to come from, which must be one of this machine's; absent: the kernel's choice.
  std::optional<Address> source{};
  /// Absent: the peer is not asked whether it lives. On this machine the kernel tells of a process
  /// that ends.
  std::optional<KeepAlive> keep_alive{};
};

/// One TCP connection to one peer. Closes when destroyed: with a FIN, or, after reset_on_close(),
/// an RST. Reading starts stopped.
class Stream {
 public:
  /// A stream over an accepted socket.
  Stream(Loop& loop, StreamOwner& owner, TcpHandle accepted) noexcept;
  /// A stream that connect() will open.
  Stream(Loop& loop, StreamOwner& owner) noexcept;
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Begins to connect; on_connected() tells the outcome on a later turn. May be called again after
  /// a failed attempt. At most one attempt is under way. Reading may be started at once: it begins
  /// when the connection stands, and costs the kernel one call less than afterwards.
  [[nodiscard]] Result<void, UvError> connect(const Address& address,
                                              const ConnectOptions& options = {});

  /// The addresses of both ends; nothing when the peer has gone.
  [[nodiscard]] std::optional<Address> peer_address() const noexcept;
  [[nodiscard]] std::optional<Address> local_address() const noexcept;

  /// Gives the socket up, connected or not: no more events come of it. connect() may follow.
  void abandon() noexcept { tcp_.reset(); }

  /// Lets on_bytes() and on_end() come, or holds them back. While reading is stopped no reset of
  /// the peer is noticed (libuv arms nothing; libuv/libuv#3449).
  void start_reading() noexcept;
  void stop_reading() noexcept;
  /// The next read looks whether the peer ended right behind its bytes, for a system call more. If
  /// so, on_end() follows on_bytes() at once: no further turn, no further read, and who passes both
  /// on can put them into one packet.
  void look_behind_next_read() noexcept { looks_behind_ = true; }
  /// Of the bytes that on_bytes() is being called with.
  [[nodiscard]] Behind behind() const noexcept {
    return end_behind_ && end_behind_->is_orderly() ? Behind::OrderlyEnd : Behind::Unknown;
  }

  /// From now on an urgent byte comes by itself, in its place, and is_urgent() says so; else it is
  /// lost, as to most programs. Costs three system calls; later reads none, unless there are some.
  void expect_urgent_bytes() noexcept;
  /// What on_bytes() is being called with is one urgent byte.
  [[nodiscard]] bool is_urgent() const noexcept { return is_urgent_; }

  /// Writes what the socket takes now, and says how much that was: 0 to bytes.size(). Of a
  /// connected stream only; must not be called between write_rest() and its on_written(). With
  /// OrderlyEnd behind them, end_writing() or the close must follow at once: the bytes wait for it.
  [[nodiscard]] Result<std::size_t, UvError> try_write(std::string_view bytes,
                                                       Behind behind = Behind::Unknown) noexcept;
  /// The same for one urgent byte.
  [[nodiscard]] Result<std::size_t, UvError> try_write_urgent(char byte) noexcept;
  /// Takes `bytes` along and writes them as the peer reads; on_written() tells when. At most one at
  /// a time (libuv 1.44 writes one queued request a turn, libuv/libuv#3728).
  [[nodiscard]] Result<void, UvError> write_rest(std::string bytes);

  /// The peer sends no more, whether or not what it sent before has been read.
  [[nodiscard]] bool has_peer_ended() const noexcept;

  /// Says to the peer that nothing more will come (FIN), once all is written.
  void end_writing() noexcept;
  /// The close will be an RST: the peer learns that the bytes are not complete.
  void reset_on_close() noexcept;

 private:
  struct PendingWrite;

  static void on_alloc(uv_handle_t* handle, std::size_t suggested, uv_buf_t* buffer) noexcept;
  static void on_read(uv_stream_t* handle, ssize_t count, const uv_buf_t* buffer) noexcept;
  static void on_write(uv_write_t* request, int status) noexcept;
  static void on_connect(uv_connect_t* request, int status) noexcept;

  [[nodiscard]] uv_stream_t* raw() const noexcept {
    return reinterpret_cast<uv_stream_t*>(tcp_.get());
  }
  [[nodiscard]] int descriptor() const noexcept;
  Result<std::size_t, UvError> send(std::string_view bytes, int flags) noexcept;
  /// What an end of file is: 0 in order, else the error that it hides.
  [[nodiscard]] UvError end_of_file() const noexcept;
  void look_behind() noexcept;

  Loop& loop_;
  StreamOwner& owner_;
  TcpHandle tcp_;
  bool looks_behind_ = false;
  bool expects_urgent_bytes_ = false;
  bool is_urgent_ = false;
  /// The end that was seen behind the bytes at hand.
  std::optional<StreamEnd> end_behind_;
};

}  // namespace meshctl::net
