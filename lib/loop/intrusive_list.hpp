// An intrusive doubly linked list. A node unlinks itself without knowing its list, so that a waiter can be
// destroyed at any time without a search.
#pragma once

namespace aluvia::loop {

class ListNode {
 public:
  ListNode() noexcept = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;

  bool is_linked() const noexcept { return next_ != this; }
  ListNode* next() noexcept { return next_; }
  void unlink() noexcept {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
  }

 private:
  friend class IntrusiveList;
  ListNode* previous_ = this;
  ListNode* next_ = this;
};

/// Does not own its nodes. Must be empty when it is destroyed: a node keeps pointers to the head.
class IntrusiveList {
 public:
  bool empty() const noexcept { return !head_.is_linked(); }
  ListNode* front() noexcept { return head_.next_; }
  bool is_head(const ListNode* node) const noexcept { return node == &head_; }
  /// Moves `node` here from the list that it is in, if any.
  void push_back(ListNode& node) noexcept {
    node.unlink();
    node.previous_ = head_.previous_;
    node.next_ = &head_;
    head_.previous_->next_ = &node;
    head_.previous_ = &node;
  }
  /// Moves all nodes of `other` here. Precondition: this list is empty.
  void take(IntrusiveList& other) noexcept {
    if (other.empty()) return;
    head_.next_ = other.head_.next_;
    head_.previous_ = other.head_.previous_;
    head_.next_->previous_ = head_.previous_->next_ = &head_;
    other.head_.previous_ = other.head_.next_ = &other.head_;
  }
  /// Moves all nodes of `other` to the front. Precondition: `other` is not empty.
  void prepend(IntrusiveList& other) noexcept {
    ListNode* const last = other.head_.previous_;
    last->next_ = head_.next_;
    head_.next_->previous_ = last;
    head_.next_ = other.head_.next_;
    head_.next_->previous_ = &head_;
    other.head_.previous_ = other.head_.next_ = &other.head_;
  }

 private:
  ListNode head_;
};

}  // namespace aluvia::loop
