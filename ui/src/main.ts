document.title = 'Parlour';
